import { Code, ConnectError } from "@connectrpc/connect";
import { type Health, HealthCheckResponse_ServingStatus as Status } from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import type { Handlers } from "../rpc/handler.ts";
import { sleep } from "../rpc/sleep.ts";

/** Whether a program can serve, for probes over gRPC and HTTP alike. */
export interface Readiness {
  /** What is wrong, in words; undefined while all is well. Answers within two seconds whatever happens. */
  fault(): Promise<string | undefined>;
  /** From here on the program is not ready: it is about to stop. */
  drain(): void;
}

const answerWithinMs = 1_500;
const freshMs = 500;
// After this long what was asked is taken to be lost, with its connection.
const hangsAtMostMs = 10_000;

/** Readiness from a check that may hang. */
export function readiness(check: () => Promise<void>, now: () => number = Date.now): Readiness {
  let draining = false;
  let checking: Promise<string | undefined> | undefined;
  let hanging: { readonly since: number; readonly done: Promise<void> } | undefined;
  let last: { readonly at: number; readonly fault: string | undefined } | undefined;

  async function ask(): Promise<string | undefined> {
    const late = sleep(answerWithinMs).then(() => "a check did not answer in time");
    // One that hangs is not joined by others at once: each would hold a connection of the pool that callers wait for.
    if (!hanging || now() - hanging.since > hangsAtMostMs) {
      const one = { since: now(), done: check() };
      hanging = one;
      const over = () => {
        if (hanging === one) hanging = undefined;
      };
      one.done.then(over, over);
    }
    const fault = await Promise.race([
      late,
      hanging.done.then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : "a check failed"),
      ),
    ]);
    last = { at: now(), fault };
    return fault;
  }

  return {
    drain: () => {
      draining = true;
    },
    async fault() {
      if (draining) return "stopping";
      if (last && now() - last.at < freshMs) return last.fault;
      checking ??= ask().finally(() => {
        checking = undefined;
      });
      return checking;
    },
  };
}

/** grpc.health.v1 for the services of a program; the empty name stands for all of them. */
export function health(names: readonly string[], ready: Readiness): Handlers<typeof Health> {
  const known = new Set(["", ...names]);
  const status = async () => ((await ready.fault()) === undefined ? Status.SERVING : Status.NOT_SERVING);
  return {
    async check({ service }) {
      if (!known.has(service)) throw new ConnectError(`this program does not serve ${service}`, Code.NotFound);
      return { status: await status() };
    },
    async list() {
      const now = await status();
      return { statuses: Object.fromEntries([...known].map((name) => [name, { status: now }])) };
    },
    async *watch({ service }, call) {
      let told: Status | undefined;
      while (!call.aborted) {
        const now = known.has(service) ? await status() : Status.SERVICE_UNKNOWN;
        if (now !== told) yield { status: now };
        told = now;
        await sleep(1_000, call.signal);
      }
    },
  };
}
