import { Code, ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { expect } from "vitest";
import { reasonOf } from "./answer.ts";
import type { Plane } from "./plane.ts";
import { readiness } from "./ready.ts";
import { enter, workspace } from "./scene.ts";

/** Foreign clients, which repeat nothing by themselves and so see what is answered. */
export interface Callers {
  /** Every failure since the last look was one that says that it passes, and when to try again; every probe was answered in time. */
  expectTold(): void;
  /** Resolves when calls have been answered well for half a second; fails after the time. */
  healed(withinMs: number): Promise<void>;
  end(): Promise<void>;
}

/** What a caller states as its deadline; and how long it waits for somebody to keep it. */
const deadlineMs = 2_000;
const patienceMs = 10_000;
const everyMs = 50;
/** How long the ready probe may take, whatever is broken. */
const probeMs = 2_000;

const passing = new Set([Code.Unavailable, Code.DeadlineExceeded]);

/** Starts a reader, a writer, and one who probes whether the server is ready. */
export async function startCallers(plane: Pick<Plane, "url" | "client" | "admin">): Promise<Callers> {
  const projects = plane.client(ProjectService, await enter(plane, plane.admin, workspace));
  const untold = new Set<string>();
  let slowestProbe = 0;
  let wellSince = performance.now();
  let ending = false;

  async function call(name: string, ask: (options: object) => Promise<unknown>): Promise<void> {
    while (!ending) {
      try {
        // Not the client's own time-out: the server is to keep the deadline that it is told.
        await ask({ headers: { "connect-timeout-ms": String(deadlineMs) }, signal: AbortSignal.timeout(patienceMs) });
      } catch (thrown) {
        wellSince = performance.now();
        const error = ConnectError.from(thrown);
        const told = passing.has(error.code) && error.findDetails(RetryInfoSchema).length > 0;
        if (!told) untold.add(`${name}: ${error.message} (${reasonOf(error)})`);
      }
      await sleep(everyMs);
    }
  }

  async function probe(): Promise<void> {
    while (!ending) {
      const began = performance.now();
      await readiness(plane.url);
      slowestProbe = Math.max(slowestProbe, performance.now() - began);
      await sleep(everyMs * 4);
    }
  }

  const working = [
    call("ListProjects", (options) => projects.listProjects({}, options)),
    call("CreateProject", (options) => projects.createProject({ id: newUuid(), name: `p-${newUuid()}` }, options)),
    probe(),
  ];
  return {
    expectTold() {
      const said = [...untold];
      untold.clear();
      expect(said).toEqual([]);
      expect(slowestProbe, "the slowest answer of the ready probe").toBeLessThan(probeMs);
      slowestProbe = 0;
    },
    async healed(withinMs) {
      const began = performance.now();
      wellSince = began;
      while (performance.now() - wellSince < 500) {
        if (performance.now() - began > withinMs) throw new Error(`calls still fail after ${withinMs / 1000} s`);
        await sleep(everyMs);
      }
    },
    async end() {
      ending = true;
      await Promise.all(working);
    },
  };
}
