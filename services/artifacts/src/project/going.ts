import { notFound, type SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from "kysely";
import type { ArtifactsTables } from "../tables.ts";

/** The tables whose rows lie in a project. */
type InProject = "artifacts_artifact" | "artifacts_version";

// biome-ignore lint/suspicious/noExplicitAny: any query that reads the table
type Row = ExpressionBuilder<any, any>;
type Where = (row: Row) => Expression<SqlBool>;

interface Place {
  readonly workspaceId: Id;
  readonly projectId: Id;
}

/** Fails with NOT_FOUND where a project is being deleted; see {@link goingAmong}. */
export async function requireStaying(trx: Kysely<ArtifactsTables>, workspaceId: Id, projectId: Id): Promise<void> {
  for (const [, gone] of await goingAmong(trx, [{ workspaceId, projectId }])) throw gone;
}

/**
 * Those of these projects that are being deleted, by their ids in hexadecimal, with what to fail with. Asked in the
 * transaction that creates something in them: what slips in while that becomes
 * known is found by the purge, which goes on for longer than a transaction lasts.
 */
export async function goingAmong(trx: Kysely<ArtifactsTables>, places: readonly Place[]): Promise<Map<string, SignalboxError>> {
  const asked = new Map(places.map((place) => [place.projectId.toString("hex"), place]));
  const going = await trx
    .selectFrom("artifacts_going")
    .select("projectId")
    .where((row) => row.or([...asked.values()].map(({ workspaceId, projectId }) => row.and({ workspaceId, projectId }))))
    .execute();
  return new Map(going.map(({ projectId }) => [projectId.toString("hex"), notFound("project", toUuid(projectId))]));
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
export function inList(table: InProject, { workspaceId, projectId, visible }: ListQuery): Where {
  const project = `${table}.projectId`;
  return (row) =>
    row.and([
      row(`${table}.workspaceId`, "=", workspaceId),
      projectId ? row(project, "=", projectId) : staying(table, workspaceId)(row),
      visibleWhere(visible, { project, owner: `${table}.ownerId` })(row),
    ]);
}
