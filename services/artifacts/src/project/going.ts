import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Bounds, Scope } from "@signalbox/runtime/resource/declared.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from "kysely";
import type { ArtifactsTables } from "../tables.ts";

/** The tables whose rows lie in a project. */
type InProject = "artifacts_artifact" | "artifacts_version" | "artifacts_visualization" | "artifacts_curated";

// biome-ignore lint/suspicious/noExplicitAny: any query that reads the table
type Row = ExpressionBuilder<any, any>;
type Where = (row: Row) => Expression<SqlBool>;

interface Place {
  readonly workspaceId: Id;
  readonly projectId: Id;
}

/**
 * Those of these projects that are being deleted. To be asked in the transaction that creates something in them: what
 * slips in while that becomes known is found by the purge, which goes on for longer than a transaction lasts.
 */
export function selectGoing(trx: Kysely<ArtifactsTables>, places: readonly Place[]) {
  const asked = new Map(places.map((place) => [place.projectId.toString("hex"), place]));
  return trx
    .selectFrom("artifacts_going")
    .select("projectId as project")
    .where((row) => row.or([...asked.values()].map(({ workspaceId, projectId }) => row.and({ workspaceId, projectId }))));
}

/** Fails with NOT_FOUND where a project is being deleted; see {@link selectGoing}. */
async function requireStaying(trx: Kysely<ArtifactsTables>, workspaceId: Id, projectId: Id): Promise<void> {
  requireNone(await selectGoing(trx, [{ workspaceId, projectId }]).execute());
}

/** Fails with NOT_FOUND where one of these projects is there. */
export function requireNone(going: readonly { readonly project: Id }[]): void {
  for (const { project } of going) throw notFound("project", toUuid(project));
}

/** The rows that lie in no project that is being deleted. */
export function staying(table: InProject, workspaceId: Id): Where {
  return (row) => {
    const going = row
      .selectFrom("artifacts_going")
      .select("artifacts_going.projectId")
      .where("artifacts_going.workspaceId", "=", workspaceId);
    return row(`${table}.projectId`, "not in", going);
  };
}

/** The rows of a list: of the workspace, of the project it names or else of no project that is being deleted, and visible. */
export function inList(table: InProject, { workspaceId, projectId, visible }: Bounds): Where {
  const project = `${table}.projectId`;
  return (row) =>
    row.and([
      row(`${table}.workspaceId`, "=", workspaceId),
      projectId ? row(project, "=", projectId) : staying(table, workspaceId)(row),
      visibleWhere(visible, { project, owner: `${table}.ownerId` })(row),
    ]);
}

/** Where what belongs to something in a project lies: it is created by that, which is held. */
export const withParent: Scope<ArtifactsTables> = {
  rows: (table, bounds) => inList(table as InProject, bounds),
  fields: (table) => ({ project: { kind: "id", column: `${table}.projectId` } }),
};

/** Where what lies in a project lies, for a {@link standard} resource. */
export const inProjects: Scope<ArtifactsTables> = { ...withParent, enter: requireStaying };
