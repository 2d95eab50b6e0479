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
import { builds } from "./0011-builds.ts";
import { namedSnapshots } from "./0012-named-snapshots.ts";
import { flavors } from "./0013-flavors.ts";
import { variables } from "./0014-variables.ts";

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
  "0011-builds": builds,
  "0012-named-snapshots": namedSnapshots,
  "0013-flavors": flavors,
  "0014-variables": variables,
};
