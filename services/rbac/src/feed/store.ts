import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type PolicyChange, PolicyChangeSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { type Id, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { NewEvent, OutboxTable } from "@signalbox/runtime/store/outbox.ts";
import type { Kysely } from "kysely";
import type { RbacTables } from "../tables.ts";
import { type PolicyRows, toChange } from "./facts.ts";

/** The kind of the events whose sequence numbers are the revisions of the policy. */
export const policyKind = "policy.changed";

/** The most facts of one message of the feed. */
export const mostFacts = 1000;

/** The event that tells of changed rows. */
export function policyChanged(rows: PolicyRows, subject: Id, now: Micros): NewEvent {
  const payload = Buffer.from(toBinary(PolicyChangeSchema, toChange(rows)));
  return { workspaceId: noId, kind: policyKind, subject, payload, createdTime: now };
}

export function factStore(db: Kysely<RbacTables>) {
  /** Reads a table in portions, by its key. */
  async function* portions<R>(read: (after: Id) => Promise<R[]>, keyOf: (row: R) => Id): AsyncGenerator<R[]> {
    for (let after = noId; ; ) {
      const rows = await read(after);
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < mostFacts) return;
      after = keyOf(last);
    }
  }
  const from = <T extends "rbac_principal" | "rbac_workspace" | "rbac_binding">(table: T) => {
    const rows = db.selectFrom(table as "rbac_principal").selectAll();
    return portions(
      (after) => rows.where("id", ">", after).orderBy("id").limit(mostFacts).execute() as unknown as Promise<RbacTables[T][]>,
      (row) => row.id,
    );
  };
  const revocations = () =>
    portions(
      (after) =>
        db.selectFrom("rbac_revocation").selectAll().where("credentialId", ">", after).orderBy("credentialId").limit(mostFacts).execute(),
      ({ credentialId }) => credentialId,
    );

  return {
    /** The number of the newest event: what is read from the tables after this is at least as new. */
    async revision(): Promise<number> {
      const newest = await db.selectFrom("rbac_outbox").select("sequence").orderBy("sequence", "desc").limit(1).executeTakeFirst();
      return newest?.sequence ?? 0;
    },

    /** The whole policy as the tables have it. */
    async everything(): Promise<PolicyChange[]> {
      const changes: PolicyChange[] = [];
      for await (const principals of from("rbac_principal")) changes.push(toChange({ principals }));
      for await (const workspaces of from("rbac_workspace")) changes.push(toChange({ workspaces }));
      for await (const bindings of from("rbac_binding")) changes.push(toChange({ bindings }));
      for await (const rows of revocations()) changes.push(toChange({ revocations: rows }));
      return changes;
    },

    /**
     * What events tell of, as it is now. The log says what changed and the tables say
     * what is: two replicas with different clocks may have their events numbered in
     * the wrong order, and the policy is right all the same.
     */
    async present(events: readonly Pick<OutboxTable, "payload">[], revision: number): Promise<PolicyChange> {
      const told = events.map(({ payload }) => fromBinary(PolicyChangeSchema, payload));
      const ids = (of: (change: PolicyChange) => readonly string[]) => [...new Set(told.flatMap(of))].map(toId);
      const bindingIds = ids(({ bindings, removedBindings }) => [...bindings.map(({ id }) => id), ...removedBindings]);
      const read = <R>(wanted: readonly Id[], select: (portion: Id[]) => Promise<R[]>): Promise<R[]> => inPortions(wanted, select);
      const bindings = await read(bindingIds, (ids) => db.selectFrom("rbac_binding").selectAll().where("id", "in", ids).execute());
      const kept = new Set(bindings.map(({ id }) => toUuid(id)));
      return toChange(
        {
          principals: await read(
            ids(({ principals }) => principals.map(({ id }) => id)),
            (ids) => db.selectFrom("rbac_principal").selectAll().where("id", "in", ids).execute(),
          ),
          workspaces: await read(
            ids(({ workspaces }) => workspaces.map(({ id }) => id)),
            (ids) => db.selectFrom("rbac_workspace").selectAll().where("id", "in", ids).execute(),
          ),
          revocations: await read(
            ids(({ revocations }) => revocations.map(({ credential }) => credential)),
            (ids) => db.selectFrom("rbac_revocation").selectAll().where("credentialId", "in", ids).execute(),
          ),
          bindings,
          removedBindings: bindingIds.filter((id) => !kept.has(toUuid(id))),
        },
        revision,
      );
    },
  };
}

export type FactStore = ReturnType<typeof factStore>;

async function inPortions<R>(ids: readonly Id[], select: (portion: Id[]) => Promise<R[]>): Promise<R[]> {
  const rows: R[] = [];
  for (let at = 0; at < ids.length; at += mostFacts) rows.push(...(await select(ids.slice(at, at + mostFacts))));
  return rows;
}
