import { setTimeout as delay } from "node:timers/promises";
import { findServer } from "./binary.ts";
import { type Guarded, guard } from "./guarded.ts";
import type { ServerKind } from "./kind.ts";
import { freePlace, type Place } from "./place.ts";
import type { Plan } from "./plan.ts";

/** A server that answers, and that ends with this process at the latest. */
export interface Started {
  readonly url: string;
  /** Lets it stand still with all its connections, and go on. */
  pause(): void;
  resume(): void;
  /** Stops it and starts it again at the same port and with the same data; resolves when it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;
const restartMs = 300;
/** Another program may take a free port before the server does. */
const attempts = 3;

/** Starts a server from a program of this machine; undefined if there is none that is new enough. */
export async function startLocal(kind: ServerKind, signal: AbortSignal): Promise<Started | undefined> {
  const found = await findServer(kind.programs, kind.least);
  if (!found) return undefined;
  for (let attempt = 1; ; attempt++) {
    const place = await freePlace(kind.name, kind.accounts);
    const { files, ...commands } = kind.plan(found.path, found.version, place);
    const plan: Plan = {
      ...commands,
      ...(place.account ? { account: place.account } : {}),
      folder: { path: place.folder, files },
      output: "tail",
    };
    try {
      return await startPlan(kind, place, plan, readyWithinMs, signal);
    } catch (error) {
      if (attempt === attempts || signal.aborted) throw error;
    }
  }
}

/** Runs a plan and waits until its server answers to the password that it was started with. */
export async function startPlan(kind: ServerKind, place: Place, plan: Plan, withinMs: number, signal: AbortSignal): Promise<Started> {
  signal.throwIfAborted();
  const server = guard(plan);
  const url = kind.url(place);
  const decided = new AbortController();
  try {
    await Promise.race([answers(kind, url, withinMs, AbortSignal.any([signal, decided.signal])), endedEarly(kind, server)]);
    return {
      url,
      pause: () => server.order("pause"),
      resume: () => server.order("resume"),
      async restart() {
        server.order("restart");
        // What answers at first may be the one that is still stopping.
        await delay(restartMs);
        await answers(kind, url, withinMs, new AbortController().signal);
      },
      stop: server.stop,
    };
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    decided.abort();
  }
}

async function endedEarly(kind: ServerKind, server: Guarded): Promise<never> {
  const { code, words } = await server.ended;
  throw new Error(`${kind.title} ended with code ${code} while it was started\n${words}`.trimEnd());
}

async function answers(kind: ServerKind, url: string, withinMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await kind.ping(url);
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`${kind.title} did not answer within ${withinMs / 1000} s of its start`, { cause });
      await delay(50, undefined, { signal });
    }
  }
}
