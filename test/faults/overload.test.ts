import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BoxProcess, startBoxProcess } from "../src/box-process.ts";
import { createRuns } from "../src/create-runs.ts";
import { openTestBox } from "../src/developer.ts";
import { lasting } from "../src/rounds.ts";
import { quantile, type RudeTally } from "../src/rude.ts";
import { enter, workspace } from "../src/scene.ts";

/** Enough to keep the process busy, and few enough that all are answered. */
const sustainable = 24;
const overloading = 1_000;

describe("one process that a thousand callers ask at once, who heed nothing they are told", () => {
  let box: BoxProcess;
  let first: RudeTally;
  let before: RudeTally;
  let during: RudeTally;
  let after: RudeTally;
  const memory = { before: 0, highest: 0, after: 0 };
  const probes: { readonly ms: number; readonly status: number }[] = [];
  let polite: string;

  beforeAll(async () => {
    box = await startBoxProcess();
    const load = await createRuns(box);
    first = await load({ sockets: sustainable, forMs: 1_000 });
    before = await load({ sockets: sustainable, forMs: 2_000 });
    memory.before = box.residentMb();
    let over = false;
    const probing = (async () => {
      while (!over) {
        for (const path of ["/healthz", "/readyz"]) {
          const began = performance.now();
          const { status } = await fetch(`${box.url}${path}`);
          probes.push({ ms: performance.now() - began, status });
        }
        memory.highest = Math.max(memory.highest, box.residentMb());
        await sleep(50);
      }
    })();
    const loading = load({ sockets: overloading, forMs: lasting(6_000, 30_000) });
    await sleep(2_000);
    // A caller of the SDK among them, as somebody else.
    const someone = openTestBox(box.url, box.admin, "demo");
    polite = await someone.connection
      .client(ProjectService)
      .getProject({ project: "demo" })
      .then(({ project }) => project?.name ?? "", String);
    someone.close();
    during = await loading;
    over = true;
    await probing;
    await sleep(2_000);
    after = await load({ sockets: sustainable, forMs: 2_000 });
    memory.after = box.residentMb();
    const ms = probes.map((probe) => probe.ms);
    console.log({
      memory,
      before: before.statuses,
      during: during.statuses,
      after: after.statuses,
      probes: [0.5, 0.9, 0.95, 1].map((share) => Math.round(quantile(ms, share))),
      refused: [0.5, 0.95, 1].map((share) => Math.round(quantile(during.refusedMs, share))),
      accepted: [0.5, 0.95, 1].map((share) => Math.round(quantile(during.acceptedMs, share))),
    });
  });
  afterAll(() => box?.close());

  test("those for whom there is no place are told so at once, and when to come back", () => {
    expect(during.reasons).toEqual({ OVERLOADED: during.statuses[429] });
    expect(quantile(during.refusedMs, 0.5)).toBeLessThan(1_000);
    expect(quantile(during.acceptedMs, 1)).toBeLessThan(15_000);
  });

  test("the others are served meanwhile", () => {
    expect(Object.keys(during.statuses).sort()).toEqual(["200", "429"]);
    const perSecond = (during.statuses[200] ?? 0) / (lasting(6_000, 30_000) / 1_000);
    expect(perSecond).toBeGreaterThan((before.statuses[200] ?? 0) / 2 / 5);
    expect(polite).toBe("demo");
  });

  test("probes are answered in time", () => {
    expect(new Set(probes.map(({ status }) => status))).toEqual(new Set([200]));
    const ms = probes.map((probe) => probe.ms);
    expect(quantile(ms, 0.75)).toBeLessThan(100);
    expect(quantile(ms, 0.95)).toBeLessThan(300);
  });

  test("memory is bounded", () => {
    expect(memory.highest).toBeLessThan(memory.before + 250);
    expect(memory.after).toBeLessThan(memory.before + 250);
  });

  test("five seconds later it does as much as before", () => {
    expect(after.statuses[200] ?? 0).toBeGreaterThan((before.statuses[200] ?? 0) * 0.6);
    expect(Object.keys(after.statuses)).toEqual(["200"]);
  });

  test("every run that was acknowledged is there, once", async () => {
    const token = await enter(box, box.admin, workspace);
    const { totalSize } = await box.client(RunService, token).listRuns({ project: "demo", pageSize: 1, includeTotal: true });
    const acknowledged = [first, before, during, after].reduce((sum, { statuses }) => sum + (statuses[200] ?? 0), 0);
    expect(Number(totalSize)).toBe(acknowledged);
  });
});
