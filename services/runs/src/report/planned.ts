import type { StepsPlanned } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { mayBegin } from "../status/derive.ts";
import { Parts } from "../tables.ts";
import { isPlanned, type RunDraft } from "./draft.ts";
import { nameInvalid } from "./name.ts";
import { notDynamic, runEnded } from "./refusal.ts";

/** Applies that steps are to follow. Those that are known, planned or reported, stay as they are. */
export function applyPlanned(draft: RunDraft, time: Micros, { steps }: StepsPlanned): SignalboxError | undefined {
  const { run, effects, planned } = draft;
  for (const { name } of steps) {
    const wrong = nameInvalid("planned.steps.name", name);
    if (wrong) return wrong;
  }
  if (run.dynamic === 0) return notDynamic();
  const fresh = new Map<string, readonly string[]>();
  for (const { name, upstream } of steps) {
    if (!fresh.has(name) && !isPlanned(draft, name) && !draft.steps.has(name)) fresh.set(name, upstream);
  }
  if (fresh.size === 0) return undefined;
  if (!mayBegin(run)) return runEnded(run.inProgress === 0 ? "the run has ended" : "the run ends, so no more steps follow");
  for (const [name, upstream] of fresh) {
    planned.set(name, upstream);
    effects.planned.push({ name, upstream: JSON.stringify(upstream) });
  }
  run.pending += fresh.size;
  run.parts |= Parts.PLANNED;
  draft.changed = true;
  effects.events.push({ time, kind: "run.planned", step: "", attempt: 0 });
  return undefined;
}
