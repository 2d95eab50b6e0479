import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { runs } from "./0001-runs.ts";
import { reports } from "./0002-reports.ts";
import { orders } from "./0003-orders.ts";
import { cacheIndex } from "./0004-cache-index.ts";
import { filters } from "./0005-filters.ts";
import { nestedRuns } from "./0006-nested-runs.ts";
import { tags } from "./0007-tags.ts";
import { stops } from "./0008-stops.ts";
import { waitConditions } from "./0009-wait-conditions.ts";
import { reservations } from "./0010-reservations.ts";
import { hooks } from "./0011-hooks.ts";
import { stepCode } from "./0012-step-code.ts";
import { generations } from "./0013-generations.ts";
import { replays } from "./0014-replays.ts";
import { stepTraits } from "./0015-step-traits.ts";
import { plannedSteps } from "./0016-planned-steps.ts";
import { words } from "./0017-words.ts";
import { aboutComponents } from "./0018-about-components.ts";
import { runTraits } from "./0019-run-traits.ts";
import { stepFields } from "./0020-step-fields.ts";
import { tagCounts } from "./0021-tag-counts.ts";
import { waitMetadataFilter } from "./0022-wait-metadata.ts";

export const migrations: Readonly<Record<string, Migration>> = {
  "0001-runs": runs,
  "0002-reports": reports,
  "0003-orders": orders,
  "0004-cache-index": cacheIndex,
  "0005-filters": filters,
  "0006-nested-runs": nestedRuns,
  "0007-tags": tags,
  "0008-stops": stops,
  "0009-wait-conditions": waitConditions,
  "0010-reservations": reservations,
  "0011-hooks": hooks,
  "0012-step-code": stepCode,
  "0013-generations": generations,
  "0014-replays": replays,
  "0015-step-traits": stepTraits,
  "0016-planned-steps": plannedSteps,
  "0017-words": words,
  "0018-about-components": aboutComponents,
  "0019-run-traits": runTraits,
  "0020-step-fields": stepFields,
  "0021-tag-counts": tagCounts,
  "0022-wait-metadata": waitMetadataFilter,
};
