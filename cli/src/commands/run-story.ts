import type { Status, Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Paint } from "../output/color.ts";
import { renderRun } from "../output/run-tree.ts";
import { hasEnded, markOf, statusWord } from "../output/status.ts";
import { outputNames, stepDetail } from "../output/step-facts.ts";
import { took } from "../output/time.ts";
import { printable } from "../output/width.ts";
import type { WatchedRun } from "./watch-run.ts";

/** Tells what changed since it was last asked: a line for each step whose status moved, a first line and a closing one. */
export function plainStory(paint: Paint, now: () => number): (watched: WatchedRun) => string[] {
  const told = new Map<string, Status>();
  let begun = false;
  let over = false;
  return (watched) => {
    const { run, steps } = watched;
    const lines: string[] = [];
    const frame = renderRun(run, [], [], { now: now() });
    if (!begun) lines.push(frame[0] ?? "");
    begun = true;
    for (const step of steps.values()) {
      const key = `${step.attempt} ${step.name}`;
      if (told.get(key) === step.status) continue;
      told.set(key, step.status);
      lines.push(stepStory(step, watched, paint, now()));
    }
    if (!over && hasEnded(run.status) && !run.inProgress) {
      over = true;
      lines.push(frame.at(-1) ?? "");
    }
    return lines;
  };
}

function stepStory(step: Step, { versions }: WatchedRun, paint: Paint, now: number): string {
  const { sign, tone } = markOf(step.status);
  const facts = hasEnded(step.status)
    ? [took(step.startTime, step.endTime, now), stepDetail(step, () => undefined), outputNames(step, versions)]
    : [];
  const failure = step.exception ? [printable(`${step.exception.type}: ${step.exception.message.split("\n")[0]}`)] : [];
  return [`  ${paint(tone, sign)} ${printable(step.name)}`, statusWord(step.status), ...facts, ...failure].filter(Boolean).join("  ");
}
