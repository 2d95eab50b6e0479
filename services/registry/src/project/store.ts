import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import type { Scope } from "@signalbox/runtime/resource/declared.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import { type Kysely, sql } from "kysely";
import type { RegistryTables } from "../tables.ts";
import type { ProjectRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** Which projects a list has: those that are not being deleted. */
export const livingProjects: Scope<RegistryTables> = {
  rows:
    (table, { workspaceId, visible }) =>
    (row) =>
      row.and([
        row(`${table}.workspaceId`, "=", workspaceId),
        row(`${table}.state`, "=", ProjectState.ACTIVE),
        visibleWhere(visible, { project: `${table}.id`, owner: `${table}.ownerId` })(row),
      ]),
};

/** Those of these references that are found: by id in any state, by name only while they live. */
export async function resolveProjects(
  db: Db,
  workspaceId: Id,
  references: readonly string[],
): Promise<{ reference: string; row: ProjectRow }[]> {
  const query = db.selectFrom("registry_project").selectAll().where("workspaceId", "=", workspaceId);
  const ids = references.filter(isUuid).map(toId);
  const names = references.filter((reference) => !isUuid(reference));
  const rows = [
    ...(ids.length > 0 ? await query.where("id", "in", ids).execute() : []),
    ...(names.length > 0 ? await query.where("name", "in", names).where("goneId", "=", noId).execute() : []),
  ];
  const found = new Map(
    rows.flatMap((row) => [[toUuid(row.id), row] as const, ...(row.goneId.equals(noId) ? [[row.name, row] as const] : [])]),
  );
  return references.flatMap((reference) => {
    const row = found.get(isUuid(reference) ? reference.toLowerCase() : reference);
    return row ? [{ reference, row }] : [];
  });
}

/** Marks a project as going: from here on it is not found, and its name is free. Fails with NOT_FOUND or ETAG_MISMATCH. */
export async function markDeleting(trx: Db, workspaceId: Id, id: Id, etag: string, now: number): Promise<void> {
  const which: Which<"registry_project"> = { table: "registry_project", type: "project", workspaceId, id };
  const { revision } = await readRow(trx, which);
  checkEtag(etag, revision);
  const update = trx
    .updateTable("registry_project")
    .set({ state: ProjectState.DELETING, goneId: id, updateTime: now, revision: sql<number>`revision + 1` })
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", id)
    .where("state", "=", ProjectState.ACTIVE);
  const { numUpdatedRows } = await (etag === "" ? update : update.where("revision", "=", revision)).executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) return;
  const current = await readRow(trx, which);
  if (current.state === ProjectState.ACTIVE) checkEtag(etag, current.revision);
  throw notFound("project", toUuid(id));
}
