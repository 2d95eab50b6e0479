import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { type Id, isUuid, toId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { type Kysely, sql } from "kysely";
import type { IdentityTables } from "../tables.ts";

/** A user or a service account, as far as both are alike. */
export interface Principal {
  readonly id: Id;
  readonly kind: "user" | "service_account";
  readonly organizationId: Id;
  /** A user's user name or a service account's name. */
  readonly name: string;
  readonly state: PrincipalState;
}

export interface PrincipalStore {
  find(id: Id): Promise<Principal | undefined>;
  /** Those of the ids that there are, in no order, by one statement. */
  findAll(ids: readonly Id[]): Promise<Principal[]>;
}

export const isActive = ({ state }: Pick<Principal, "state">): boolean => state === PrincipalState.ACTIVE;

/** The id that a reference from a request stands for, if it has the form of one. */
export const idOf = (reference: string): Id | undefined => (isUuid(reference) ? toId(reference) : undefined);

export function principalStore({ db }: Pick<Database<IdentityTables>, "db">): PrincipalStore {
  const findAll = (ids: readonly Id[]) => select(db, ids);
  return { findAll, find: async (id) => (await findAll([id]))[0] };
}

function select(db: Kysely<IdentityTables>, ids: readonly Id[]): Promise<Principal[]> {
  return db
    .selectFrom("identity_user")
    .select(["id", "organizationId", "userName as name", "state", sql<Principal["kind"]>`'user'`.as("kind")])
    .where("id", "in", ids)
    .unionAll(
      db
        .selectFrom("identity_service_account")
        .select(["id", "organizationId", "name", "state", sql<Principal["kind"]>`'service_account'`.as("kind")])
        .where("id", "in", ids),
    )
    .execute();
}
