import type { PolicyPrincipal, PolicyWorkspace, Revocation } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, isUuid, noId, toId } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { NewEvent } from "@signalbox/runtime/store/outbox.ts";
import type { Kysely } from "kysely";
import { policyChanged } from "../feed/store.ts";
import type { PrincipalTable, RbacTables, RevocationTable, WorkspaceTable } from "../tables.ts";

const portion = 200;

/** What other services told of, as rbac keeps it. A repeat has no effect. */
export function projectionStore(db: Kysely<RbacTables>, dialect: Dialect) {
  return {
    async keepPrincipals(facts: readonly PolicyPrincipal[], now: Micros): Promise<NewEvent[]> {
      const principals = latest(facts, ({ id }) => id).map(
        (fact): PrincipalTable => ({
          id: toId(fact.id),
          kind: fact.kind,
          organizationId: idOf(fact.organization),
          active: Number(fact.active),
          name: fact.name,
        }),
      );
      for (const rows of portions(principals)) {
        const insert = db.insertInto("rbac_principal").values(rows);
        await dialect.onConflict(insert, ["id"], ["kind", "organizationId", "active", "name"]).execute();
      }
      return principals[0] ? [policyChanged({ principals }, principals[0].id, now)] : [];
    },

    async keepWorkspaces(facts: readonly PolicyWorkspace[], now: Micros): Promise<NewEvent[]> {
      const workspaces = latest(facts, ({ id }) => id).map(
        ({ id, name, organization }): WorkspaceTable => ({ id: toId(id), name, organizationId: toId(organization) }),
      );
      for (const rows of portions(workspaces)) {
        await dialect.onConflict(db.insertInto("rbac_workspace").values(rows), ["id"], ["name", "organizationId"]).execute();
      }
      return workspaces[0] ? [policyChanged({ workspaces }, workspaces[0].id, now)] : [];
    },

    /** A later instant revokes more, so the latest stays. */
    async keepRevocations(facts: readonly Revocation[], now: Micros): Promise<NewEvent[]> {
      const told = facts.toSorted((a, b) => toMicros(a.time) - toMicros(b.time));
      const wanted = latest(told, ({ credential }) => credential).map(
        ({ credential, time }): RevocationTable => ({ credentialId: toId(credential), time: toMicros(time) }),
      );
      const revocations: RevocationTable[] = [];
      for (const rows of portions(wanted)) {
        const ids = rows.map(({ credentialId }) => credentialId);
        const known = await db.selectFrom("rbac_revocation").selectAll().where("credentialId", "in", ids).execute();
        const newer = rows.filter(
          (row) => !known.some(({ credentialId, time }) => credentialId.equals(row.credentialId) && time >= row.time),
        );
        if (newer.length === 0) continue;
        await dialect.onConflict(db.insertInto("rbac_revocation").values(newer), ["credentialId"], ["time"]).execute();
        revocations.push(...newer);
      }
      return revocations[0] ? [policyChanged({ revocations }, revocations[0].credentialId, now)] : [];
    },

    /** Forgets revocations that no token can outlive. Resolves with how many. */
    async pruneRevocations(before: Micros): Promise<number> {
      const { numDeletedRows } = await db.deleteFrom("rbac_revocation").where("time", "<", before).executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

/** The last fact of each key, in the order of their first. */
function latest<T>(facts: readonly T[], keyOf: (fact: T) => string): T[] {
  return [...new Map(facts.map((fact) => [keyOf(fact).toLowerCase(), fact])).values()];
}

function* portions<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += portion) yield rows.slice(at, at + portion);
}

const idOf = (uuid: string): Id => (isUuid(uuid) ? toId(uuid) : noId);
