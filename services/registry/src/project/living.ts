import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Bounds, Scope } from "@signalbox/runtime/resource/declared.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from "kysely";
import type { RegistryTables } from "../tables.ts";

/** The tables whose rows lie in a project. */
export type InProject =
  | "registry_pipeline"
  | "registry_snapshot"
  | "registry_build"
  | "registry_code_repository"
  | "registry_run_template"
  | "registry_model"
  | "registry_model_version"
  | "registry_promotion";

// biome-ignore lint/suspicious/noExplicitAny: any query that reads the table
type Row = ExpressionBuilder<any, any>;
type Where = (row: Row) => Expression<SqlBool>;

/**
 * Fails with NOT_FOUND where a project is gone or being deleted. Asked in the
 * transaction that creates something in it: what slips in while the deletion
 * commits is found by the purge, which goes on for longer than a transaction lasts.
 */
export async function requireLiving(trx: Kysely<RegistryTables>, workspaceId: Id, projectId: Id): Promise<void> {
  const found = await trx
    .selectFrom("registry_project")
    .select("state")
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", projectId)
    .executeTakeFirst();
  if (found?.state !== ProjectState.ACTIVE) throw notFound("project", toUuid(projectId));
}

/** Where what lies in a project lies, for a {@link standard} resource. */
export const inProjects = ({ db }: Pick<Database<RegistryTables>, "db">): Scope<RegistryTables> => ({
  rows: (table, query) => inList(table as InProject, query),
  enter: requireLiving,
  fields: (table, { workspaceId }) => ({
    project: { kind: "id", column: `${table}.projectId`, resolve: called(db, "registry_project", workspaceId) },
  }),
});

/** The rows of a list: of the workspace, of the project it names or else of no project that is being deleted, and visible. */
export function inList(table: InProject, { workspaceId, projectId, visible }: Bounds): Where {
  const project = `${table}.projectId`;
  return (row) => {
    const dying = row
      .selectFrom("registry_project")
      .select("registry_project.id")
      .where("registry_project.workspaceId", "=", workspaceId)
      .where("registry_project.state", "=", ProjectState.DELETING)
      .where("registry_project.purgedTime", "=", 0);
    return row.and([
      row(`${table}.workspaceId`, "=", workspaceId),
      projectId ? row(project, "=", projectId) : row(project, "not in", dying),
      visibleWhere(visible, { project, owner: `${table}.ownerId` })(row),
    ]);
  };
}
