import { toJsonString } from "@bufbuild/protobuf";
import type { RunEnded } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { ExceptionSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { fieldInvalid, type SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { Pause } from "../status/derive.ts";
import { never, noHash, Parts } from "../tables.ts";
import type { RunDraft, ToldTrait } from "./draft.ts";
import { etagMismatch, generationStale, runEnded } from "./refusal.ts";
import { keep } from "./started.ts";

/** What is told of a run beside its reports; what is absent stays. */
export interface Telling {
  /** Empty for however the run is. */
  readonly etag: string;
  /** Of the run as whoever tells it knows it; 0 for whichever there is. */
  readonly generation: number;
  readonly modelVersionId?: Id;
  /** Empty for none. */
  readonly environment?: string;
  /** 0 for never. */
  readonly heartbeatTimeout?: Micros;
}

/** Applies what somebody tells of the run. */
export function applyTold(draft: RunDraft, telling: Telling): SignalboxError | undefined {
  const { etag, generation, modelVersionId, environment, heartbeatTimeout } = telling;
  const { run, dbNow, now } = draft;
  if (generation !== 0 && generation !== run.generation) return generationStale(generation, run.generation);
  const stale = etagMismatch(etag, run.revision);
  if (stale) return stale;
  const awaits = heartbeatTimeout !== undefined && heartbeatTimeout !== run.heartbeatTimeout;
  if (awaits && run.inProgress === 0) return runEnded("the run has ended, so nothing is awaited of it");
  tell(draft, {
    ...(modelVersionId && { modelVersionId }),
    ...(environment !== undefined && { orchestratorEnvironment: environment === "" ? noHash : keep(draft.effects.documents, environment) }),
  });
  if (!awaits) return undefined;
  const isAwaited = heartbeatTimeout > 0 && run.pause === Pause.NO;
  Object.assign(run, { heartbeatTime: now, heartbeatTimeout, heartbeatExpiresTime: isAwaited ? dbNow + heartbeatTimeout : never });
  draft.changed = true;
  return undefined;
}

/** Whether the end of a run tells more of it than how it ended. */
export const tellsMore = ({ exception, outputs }: RunEnded): boolean => exception !== undefined || outputs.length > 0;

/** Keeps what the run failed with and what it gives, as it is told with its end. */
export function tellEnd(draft: RunDraft, { exception, outputs }: RunEnded): void {
  const { documents } = draft.effects;
  const given = outputs.map(({ name, artifactVersion }) => ({ name, artifactVersion: artifactVersion.toLowerCase() }));
  tell(draft, {
    ...(exception && { exception: keep(documents, toJsonString(ExceptionSchema, exception)) }),
    ...(given.length > 0 && { outputs: keep(documents, JSON.stringify(given)) }),
  });
}

/** Forgets how the run ended before: it goes on. */
export function forgetEnd(draft: RunDraft): void {
  if ((draft.run.parts & Parts.TRAITS) !== 0) tell(draft, { exception: noHash, outputs: noHash });
}

/** Why the end of a run cannot be as it is told; undefined where it can. */
export function misnamedOutputs({ outputs }: RunEnded): SignalboxError | undefined {
  const names = new Set(outputs.map(({ name }) => name));
  return names.size < outputs.length ? fieldInvalid("ended.outputs", "names an output twice") : undefined;
}

function tell(draft: RunDraft, told: Partial<ToldTrait>): void {
  if (Object.keys(told).length === 0) return;
  Object.assign(draft.effects.told, told);
  draft.run.parts |= Parts.TRAITS;
  draft.changed = true;
}
