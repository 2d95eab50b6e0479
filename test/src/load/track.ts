import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import type { Box, Handle, Run, Step } from "@signalbox/sdk";
import type { KeptStep, Ledger } from "./ledger.ts";

const points = 20;
const everyMs = 15;

/** One run of three steps by the SDK, as a training script is written: one step, then two at once that consume what it made. */
export async function track(box: Box, ledger: Ledger, pipeline: string, round: number): Promise<void> {
  const run = await ledger.timed("startRun", () => box.startRun({ pipeline, parameters: { round } }));
  const steps: KeptStep[] = [];
  try {
    const data = await step(ledger, run, steps, `${pipeline}-data`, {}, round);
    await Promise.all(["a", "b"].map((name) => step(ledger, run, steps, `${pipeline}-${name}`, { data }, round)));
    await ledger.timed("finish", () => run.finish());
    ledger.runs.push({ id: run.id, steps });
  } catch (error) {
    // What is left of it is no part of the ledger.
    await run.fail(error).catch(() => undefined);
    throw error;
  }
}

async function step(
  ledger: Ledger,
  run: Run,
  steps: KeptStep[],
  name: string,
  inputs: Readonly<Record<string, Handle<unknown>>>,
  round: number,
): Promise<Handle<unknown>> {
  const made = await ledger.timed(`step ${name}`, () => run.step(name, { inputs }, (working) => work(working, name, round)));
  steps.push({ name, points, facts: ["round", "name"], outputs: [made.id] });
  return made;
}

async function work(step: Step, name: string, round: number): Promise<Handle<unknown>> {
  for (let index = 0; index < points; index++) {
    step.metric("loss", 1 / (index + 1), index);
    await sleep(everyMs);
  }
  step.metadata({ round, name });
  return step.save(name, { round });
}
