import { ProjectState, ProjectStateSchema } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Change, changeRow, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { type ListQuery, resourceFields } from "@signalbox/runtime/resource/lists.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import { type Kysely, sql } from "kysely";
import type { RegistryTables } from "../tables.ts";
import type { ProjectRow } from "./tables.ts";

const listing = (principals: Pick<Policy, "facts">): Listing => ({
  table: "registry_project",
  fixed: ["workspaceId"],
  key: "registry_project.id",
  defaultOrder: "create_time desc",
  fields: {
    ...resourceFields("registry_project", principals),
    name: { kind: "text", column: "registry_project.name", sortable: true },
    display_name: { kind: "text", column: "registry_project.displayName" },
    description: { kind: "text", column: "registry_project.description" },
    state: { kind: "enum", column: "registry_project.state", enum: ProjectStateSchema },
  },
});

const which = (workspaceId: Id, id: Id): Which<"registry_project"> => ({ table: "registry_project", type: "project", workspaceId, id });

export function projectStore({ db }: Pick<Database<RegistryTables>, "db">, principals: Pick<Policy, "facts">) {
  return {
    async add(trx: Kysely<RegistryTables>, row: ProjectRow): Promise<void> {
      await trx.insertInto("registry_project").values(row).execute();
    },

    /** Whatever its state. */
    find: (workspaceId: Id, id: Id) => findRow(db, which(workspaceId, id)),

    get: (workspaceId: Id, id: Id) => readRow(db, which(workspaceId, id)),

    /** Those of these references that are found: by id in any state, by name only while they live. */
    async resolve(workspaceId: Id, references: readonly string[]): Promise<{ reference: string; row: ProjectRow }[]> {
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
    },

    list({ workspaceId, visible, request, context }: ListQuery): Promise<Page<ProjectRow>> {
      const query = db
        .selectFrom("registry_project")
        .selectAll()
        .where("registry_project.workspaceId", "=", workspaceId)
        .where("registry_project.state", "=", ProjectState.ACTIVE)
        .where(visibleWhere(visible, { project: "registry_project.id", owner: "registry_project.ownerId" }));
      return list(query, listing(principals), request, context);
    },

    change: (trx: Kysely<RegistryTables>, workspaceId: Id, id: Id, change: Change<ProjectRow>) =>
      changeRow(trx, which(workspaceId, id), change),

    /** Marks a project as going: from here on it is not found, and its name is free. Fails with NOT_FOUND or ETAG_MISMATCH. */
    async markDeleting(trx: Kysely<RegistryTables>, workspaceId: Id, id: Id, etag: string, now: number): Promise<void> {
      const { revision } = await readRow(trx, which(workspaceId, id));
      checkEtag(etag, revision);
      const update = trx
        .updateTable("registry_project")
        .set({ state: ProjectState.DELETING, goneId: id, updateTime: now, revision: sql<number>`revision + 1` })
        .where("workspaceId", "=", workspaceId)
        .where("id", "=", id)
        .where("state", "=", ProjectState.ACTIVE);
      const { numUpdatedRows } = await (etag === "" ? update : update.where("revision", "=", revision)).executeTakeFirstOrThrow();
      if (numUpdatedRows > 0n) return;
      const current = await readRow(trx, which(workspaceId, id));
      if (current.state === ProjectState.ACTIVE) checkEtag(etag, current.revision);
      throw notFound("project", toUuid(id));
    },
  };
}
