import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceImpl } from "@connectrpc/connect";
import { type Run, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import type { FakeStep } from "./fake-box.ts";

/** Lets one of those who need the same compute it, and the others wait for its end. */
export function reserving({
  runs,
  steps,
}: {
  readonly runs: ReadonlyMap<string, Run>;
  readonly steps: ReadonlyMap<string, FakeStep>;
}): Partial<ServiceImpl<typeof StepService>> {
  const holders = new Map<string, string>();
  const nameOf = (run: string) => runs.get(run)?.name ?? "";
  return {
    async *reserveStep({ run, step, cacheKey }) {
      for (let told = ""; ; await sleep(10)) {
        const cached = [...steps.values()].find((one) => one.status === Status.COMPLETED && one.cacheKey === cacheKey);
        if (cached) {
          const value = { cacheKey, step: cached.id, run: cached.run, runName: nameOf(cached.run), outputs: cached.outputs };
          return yield { outcome: { case: "cached", value } };
        }
        const holder = holders.get(cacheKey);
        const status = steps.get(`${holder} ${step}`)?.status ?? Status.INITIALIZING;
        if (!holder || status >= Status.COMPLETED) {
          holders.set(cacheKey, run);
          return yield { outcome: { case: "granted", value: { run, step } } };
        }
        if (holder !== told) yield { outcome: { case: "held", value: { run: holder, runName: nameOf(holder), step } } };
        told = holder;
      }
    },
  };
}
