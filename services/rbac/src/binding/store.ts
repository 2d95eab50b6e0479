import { createHash } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import { idReused } from "@signalbox/runtime/resource/create-once.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import type { NewEvent } from "@signalbox/runtime/store/outbox.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import { policyChanged } from "../feed/store.ts";
import type { BindingTable, PrincipalTable, RbacTables, WorkspaceTable } from "../tables.ts";
import { countAdministrators, guardAdministrators, isAdministrators, lastAdministrator } from "./administrators.ts";
import type { ScopeIds } from "./scope.ts";

/** Whom to give which role where. */
export interface Assignment extends ScopeIds {
  readonly principalId: Id;
  readonly role: string;
}

const listing: Listing = {
  table: "rbac_binding",
  fixed: ["organizationId", "workspaceId", "projectId"],
  key: "id",
  defaultOrder: "create_time desc",
  fields: {
    id: { kind: "id", column: "id" },
    principal: { kind: "id", column: "principalId" },
    role: { kind: "text", column: "role" },
    workspace: { kind: "id", column: "workspaceId" },
    project: { kind: "id", column: "projectId" },
    create_time: { kind: "time", column: "createTime", sortable: true },
  },
};

const rowsAtOnce = 500;

export function bindingStore(db: Kysely<RbacTables>, dialect: Dialect) {
  const bindings = () => db.selectFrom("rbac_binding").selectAll();

  async function remove(rows: readonly BindingTable[], now: Micros): Promise<NewEvent> {
    const ids = rows.map(({ id }) => id);
    for (let at = 0; at < ids.length; at += rowsAtOnce) {
      await db
        .deleteFrom("rbac_binding")
        .where("id", "in", ids.slice(at, at + rowsAtOnce))
        .execute();
    }
    return policyChanged({ removedBindings: ids }, ids[0] ?? noId, now);
  }

  return {
    /** Writes a new binding. Fails with the driver's error where its id, or its like, is there already. */
    async add(row: BindingTable): Promise<NewEvent> {
      await db.insertInto("rbac_binding").values(row).execute();
      return policyChanged({ bindings: [row] }, row.id, row.createTime);
    },

    /** What stands in the way of a binding that could not be added: the one of its id, else the one of its like. */
    async rival({ id, principalId, role, organizationId, workspaceId, projectId }: BindingTable): Promise<BindingTable | undefined> {
      const own = await bindings().where("id", "=", id).executeTakeFirst();
      if (own) return own;
      return bindings()
        .where("principalId", "=", principalId)
        .where("organizationId", "=", organizationId)
        .where("workspaceId", "=", workspaceId)
        .where("projectId", "=", projectId)
        .where("role", "=", role)
        .executeTakeFirst();
    },

    /** Gives a role on nobody's account, unless it is there. Its id follows from what it says, so that a repeat finds it. */
    async keep(assignment: Assignment, now: Micros): Promise<NewEvent | undefined> {
      const contentHash = hashOf(assignment);
      const row: BindingTable = { ...assignment, id: idOf(contentHash), grantedById: noId, contentHash, createTime: now };
      if (await this.rival(row)) return undefined;
      await dialect.onConflict(db.insertInto("rbac_binding").values(row), ["id"], []).execute();
      return policyChanged({ bindings: [row] }, row.id, now);
    },

    get: (id: Id): Promise<BindingTable | undefined> => bindings().where("id", "=", id).executeTakeFirst(),

    async getAll(ids: readonly Id[]): Promise<BindingTable[]> {
      return ids.length === 0 ? [] : bindings().where("id", "in", ids).execute();
    },

    /** Takes a binding away, in a transaction. Fails with NOT_FOUND, or with PROTECTED for the last active administrator. */
    async take(id: Id, now: Micros): Promise<NewEvent> {
      const row = await bindings().where("id", "=", id).executeTakeFirst();
      if (!row) throw notFound("role_binding", toUuid(id));
      if (isAdministrators(row)) {
        await guardAdministrators(db, dialect, row.organizationId);
        // It may have gone while this one waited for the guard.
        if (!(await bindings().where("id", "=", id).executeTakeFirst())) throw notFound("role_binding", toUuid(id));
      }
      const event = await remove([row], now);
      if (isAdministrators(row) && (await countAdministrators(db, row.organizationId)) === 0) throw lastAdministrator(row.organizationId);
      return event;
    },

    /**
     * Takes away every role that a principal has in an organization, in a transaction.
     * An organization's last active administrator stays one: nobody could let anybody in any more.
     */
    async takeAll(principalId: Id, organizationId: Id, now: Micros): Promise<NewEvent | undefined> {
      const held = () => bindings().where("principalId", "=", principalId).where("organizationId", "=", organizationId).execute();
      let rows = await held();
      const administers = rows.find(isAdministrators);
      if (administers) {
        await guardAdministrators(db, dialect, organizationId);
        rows = await held();
        await db.deleteFrom("rbac_binding").where("id", "=", administers.id).execute();
        if ((await countAdministrators(db, organizationId)) === 0) {
          const stays = rows.find(({ id }) => id.equals(administers.id));
          if (stays) await db.insertInto("rbac_binding").values(stays).execute();
          rows = rows.filter(({ id }) => !id.equals(administers.id));
        }
      }
      return rows.length === 0 ? undefined : remove(rows, now);
    },

    /** The bindings of a scope and of what lies in it, in pages. */
    list({ organizationId, workspaceId, projectId }: ScopeIds, request: ListRequest, context: ListContext): Promise<Page<BindingTable>> {
      let query = bindings().where("organizationId", "=", organizationId);
      if (!workspaceId.equals(noId)) query = query.where("workspaceId", "=", workspaceId);
      if (!projectId.equals(noId)) query = query.where("projectId", "=", projectId);
      return list(query, listing, request, context);
    },

    principal: (id: Id): Promise<PrincipalTable | undefined> =>
      db.selectFrom("rbac_principal").selectAll().where("id", "=", id).executeTakeFirst(),

    workspace: (id: Id): Promise<WorkspaceTable | undefined> =>
      db.selectFrom("rbac_workspace").selectAll().where("id", "=", id).executeTakeFirst(),
  };
}

export type BindingStore = ReturnType<typeof bindingStore>;

/** What a refused addition means to whoever asked: a repeat, another content under the id, or the role being there. */
export function repeated(row: BindingTable, rival: BindingTable, broughtId: boolean): BindingTable {
  if (!rival.id.equals(row.id)) {
    throw new SignalboxError(Reason.NAME_TAKEN, `the principal has the role ${row.role} there already`, {
      metadata: { type: "role_binding", name: row.role, id: toUuid(rival.id) },
    });
  }
  if (broughtId && rival.contentHash.equals(row.contentHash)) return rival;
  throw idReused("role_binding", row.id);
}

/** SHA-256 of what a binding says. */
export function hashOf({ principalId, role, organizationId, workspaceId, projectId }: Assignment): Buffer {
  return createHash("sha256")
    .update(role)
    .update("\0")
    .update(Buffer.concat([principalId, organizationId, workspaceId, projectId]))
    .digest();
}

/** A UUIDv8 of the hash's first bytes. */
function idOf(hash: Buffer): Id {
  const id = Buffer.from(hash.subarray(0, 16));
  id.writeUInt8(0x80 | (id.readUInt8(6) & 0x0f), 6);
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
  return id;
}
