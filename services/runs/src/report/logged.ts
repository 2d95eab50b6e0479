import { createHash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import type { MetadataLogged, MetricsLogged } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toIdOrNone } from "@signalbox/runtime/ids.ts";
import { comparedAs } from "@signalbox/runtime/resource/compared.ts";
import { Parts } from "../tables.ts";
import { beat } from "./beat.ts";
import { attemptOf, isStale, latestOf, type RunDraft, type StepDraft } from "./draft.ts";
import { attemptStale, runEnded, stepUnknown } from "./refusal.ts";
import { microsOf } from "./time.ts";

/** How long a run that has ended still takes facts and metrics. */
const grace: Micros = 60 * 60 * 1e6;

export interface Origin {
  readonly name: string;
  readonly attempt: number;
  readonly reporter: string;
  readonly sequence: bigint;
  readonly time: Micros;
}

/** Applies facts about a step, or about the run where there is none. */
export function applyMetadata(draft: RunDraft, origin: Origin, { values, component }: MetadataLogged): SignalboxError | undefined {
  const { name, attempt, time } = origin;
  const of = name === "" ? undefined : stepOf(draft, name, attempt);
  const refusal = isStep(of) || of === undefined ? late(draft) : of;
  if (refusal) return refusal;
  const first = ((isStep(of) ? of.row.parts : draft.run.parts) & Parts.FACTS) === 0;
  for (const [key, value] of Object.entries(values)) {
    const bytes = Buffer.from(toBinary(ValueSchema, value));
    draft.effects.metadata.push({
      of: isStep(of) ? of : undefined,
      first,
      id: idOf(draft, origin, key, bytes, component),
      step: name,
      attempt: name === "" ? 0 : attempt,
      key,
      value: bytes,
      componentId: toIdOrNone(component),
      compared: comparedAs(value),
      time,
      createTime: draft.now,
    });
  }
  if (isStep(of)) {
    of.row.parts |= Parts.FACTS;
    beat(draft, of);
  } else {
    draft.run.parts |= Parts.FACTS;
  }
  return undefined;
}

/** Applies points of metrics of a step. */
export function applyMetrics(draft: RunDraft, { name, attempt, time }: Origin, { points }: MetricsLogged): SignalboxError | undefined {
  const step = stepOf(draft, name, attempt);
  if (!isStep(step)) return step;
  const refusal = late(draft);
  if (refusal) return refusal;
  for (const point of points) {
    draft.effects.points.push({
      step,
      name: point.name,
      index: Number(point.index),
      value: point.value,
      time: point.time ? microsOf(point.time, draft.now) : time,
    });
  }
  step.row.parts |= Parts.SERIES;
  beat(draft, step);
  return undefined;
}

function stepOf(draft: RunDraft, name: string, attempt: number): StepDraft | SignalboxError {
  const latest = latestOf(draft, name);
  if (latest && isStale(latest, attempt)) return attemptStale(name, attempt, latest.row);
  return attemptOf(draft, name, attempt) ?? (draft.run.inProgress === 1 ? stepUnknown(name) : runEnded("the run has ended"));
}

const isStep = (found: StepDraft | SignalboxError | undefined): found is StepDraft => found !== undefined && "row" in found;

function late({ run, now }: RunDraft): SignalboxError | undefined {
  if (run.inProgress === 1 || now - run.closedTime < grace) return undefined;
  return runEnded("the run ended more than an hour ago");
}

/** The same for a repeat of the same report, and for nothing else. */
function idOf({ run }: RunDraft, { name, attempt, reporter, sequence }: Origin, key: string, value: Buffer, component: string): Buffer {
  const hash = createHash("sha256").update(run.id);
  for (const part of [name, String(attempt), reporter, String(sequence), key]) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.update(value).update(component.toLowerCase()).digest().subarray(0, 16);
}
