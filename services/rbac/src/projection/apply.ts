import { fromBinary } from "@bufbuild/protobuf";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { MemberSchema } from "@signalbox/gen/signalbox/org/v1/organization_pb.ts";
import {
  PolicyBindingSchema,
  PolicyPrincipalSchema,
  PolicyWorkspaceSchema,
  RevocationSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Scope } from "@signalbox/gen/signalbox/rbac/v1/role_pb.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { NewEvent, Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { Kysely } from "kysely";
import { toScopeIds } from "../binding/scope.ts";
import { bindingStore } from "../binding/store.ts";
import type { RbacTables } from "../tables.ts";
import { projectionStore } from "./store.ts";

export type Told = Pick<Event, "kind" | "payload">;

export interface Projection {
  readonly dialect: Dialect;
  readonly log: Pick<Outbox, "append">;
  readonly clock: Clock;
}

/** What rbac hears of, by the service that tells it. */
export const heard = {
  identity: ["principal.changed", "principal.deleted", "credential.revoked"],
  org: ["workspace.changed", "organization.created", "workspace.created", "member.removed"],
} as const;

/** Takes in what identity tells, in a transaction: principals, those that are gone for good, whose roles go, and revoked credentials. */
export async function applyIdentity(trx: Kysely<RbacTables>, events: readonly Told[], { dialect, log, clock }: Projection): Promise<void> {
  const store = projectionStore(trx, dialect);
  const payloads = (kind: string) => events.filter((event) => event.kind === kind).map(({ payload }) => payload);
  const principals = payloads("principal.changed").map((payload) => fromBinary(PolicyPrincipalSchema, payload));
  const revocations = payloads("credential.revoked").map((payload) => fromBinary(RevocationSchema, payload));
  const changes = [...(await store.keepPrincipals(principals, clock())), ...(await store.keepRevocations(revocations, clock()))];
  await log.append(trx, changes);
  const gone = payloads("principal.deleted").map((payload) => fromBinary(PolicyPrincipalSchema, payload));
  for (const { id, organization } of gone) {
    const taken = await bindingStore(trx, dialect).takeAll(toId(id), toId(organization), clock());
    if (taken) await log.append(trx, [taken]);
  }
}

/** Takes in what org tells, in a transaction and in order: workspaces, what their creators may do, and members who left. */
export async function applyOrg(trx: Kysely<RbacTables>, events: readonly Told[], { dialect, log, clock }: Projection): Promise<void> {
  const changes: (NewEvent | undefined)[] = [];
  for (const event of events) changes.push(...(await applyOne(trx, event, dialect, clock)));
  await log.append(
    trx,
    changes.filter((change) => change !== undefined),
  );
}

async function applyOne(
  trx: Kysely<RbacTables>,
  { kind, payload }: Told,
  dialect: Dialect,
  clock: Clock,
): Promise<readonly (NewEvent | undefined)[]> {
  switch (kind) {
    case "workspace.changed":
      return projectionStore(trx, dialect).keepWorkspaces([fromBinary(PolicyWorkspaceSchema, payload)], clock());
    case "organization.created":
    case "workspace.created": {
      const { principal, role, scope } = fromBinary(PolicyBindingSchema, payload);
      const assignment = { principalId: toId(principal), role, ...toScopeIds(scope as Scope) };
      return [await bindingStore(trx, dialect).keep(assignment, clock())];
    }
    case "member.removed": {
      const { principal, organization } = fromBinary(MemberSchema, payload);
      return [await bindingStore(trx, dialect).takeAll(toId(principal?.id ?? ""), toId(organization), clock())];
    }
    default:
      return [];
  }
}
