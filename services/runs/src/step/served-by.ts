import { noId } from "@signalbox/runtime/ids.ts";
import type { StepTable } from "../tables.ts";

/** The step that computed what a step has to serve: itself, unless it was cached. So who is told of that step is told of all that it served. */
export const servedBy = (
  { id, cachedFromId, cachedFromRun }: Pick<StepTable, "id" | "cachedFromId" | "cachedFromRun">,
  runName: string,
): Pick<StepTable, "cachedFromId" | "cachedFromRun"> =>
  cachedFromId.equals(noId) ? { cachedFromId: id, cachedFromRun: runName } : { cachedFromId, cachedFromRun };
