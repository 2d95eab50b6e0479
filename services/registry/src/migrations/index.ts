import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { projects } from "./0001-projects.ts";
import { stacks } from "./0002-stacks.ts";
import { pipelines } from "./0003-pipelines.ts";
import { models } from "./0004-models.ts";
import { auditLog } from "./0005-audit-log.ts";
import { auditIndexes } from "./0006-audit-indexes.ts";
import { codeRepositories } from "./0007-code-repositories.ts";
import { runTemplates } from "./0008-run-templates.ts";
import { tags } from "./0009-tags.ts";
import { taggings } from "./0010-taggings.ts";
import { modelAliases } from "./0011-model-aliases.ts";
import { stageChanges } from "./0012-stage-changes.ts";
import { modelCards } from "./0013-model-cards.ts";
import { modelLinks } from "./0014-model-links.ts";
import { builds } from "./0015-builds.ts";
import { namedSnapshots } from "./0016-named-snapshots.ts";
import { flavors } from "./0017-flavors.ts";
import { variables } from "./0018-variables.ts";
import { comparedMetadata } from "./0019-compared-metadata.ts";
import { settings } from "./0020-settings.ts";
import { foldedNames } from "./0021-folded-names.ts";
import { promotions } from "./0022-promotions.ts";
import { latestRuns } from "./0023-latest-runs.ts";
import { words } from "./0024-words.ts";
import { metadataHistory } from "./0025-metadata-history.ts";
import { listOrders } from "./0026-list-orders.ts";
import { pipelinePurges } from "./0027-pipeline-purges.ts";
import { componentConnectors } from "./0028-component-connectors.ts";
import { tagCounts } from "./0029-tag-counts.ts";
import { gatedAliases } from "./0030-gated-aliases.ts";

/** The tables of registry, in the order in which they came to be. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-projects": projects,
  "0002-stacks": stacks,
  "0003-pipelines": pipelines,
  "0004-models": models,
  "0005-audit-log": auditLog,
  "0006-audit-indexes": auditIndexes,
  "0007-code-repositories": codeRepositories,
  "0008-run-templates": runTemplates,
  "0009-tags": tags,
  "0010-taggings": taggings,
  "0011-model-aliases": modelAliases,
  "0012-stage-changes": stageChanges,
  "0013-model-cards": modelCards,
  "0014-model-links": modelLinks,
  "0015-builds": builds,
  "0016-named-snapshots": namedSnapshots,
  "0017-flavors": flavors,
  "0018-variables": variables,
  "0019-compared-metadata": comparedMetadata,
  "0020-settings": settings,
  "0021-folded-names": foldedNames,
  "0022-promotions": promotions,
  "0023-latest-runs": latestRuns,
  "0024-words": words,
  "0025-metadata-history": metadataHistory,
  "0026-list-orders": listOrders,
  "0027-pipeline-purges": pipelinePurges,
  "0028-component-connectors": componentConnectors,
  "0029-tag-counts": tagCounts,
  "0030-gated-aliases": gatedAliases,
};
