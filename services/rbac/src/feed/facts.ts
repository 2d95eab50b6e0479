import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type PolicyBindingSchema,
  type PolicyChange,
  PolicyChangeSchema,
  type PolicyPrincipalSchema,
  type PolicyWorkspaceSchema,
  type RevocationSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { BindingTable, PrincipalTable, RevocationTable, WorkspaceTable } from "../tables.ts";

/** Rows of the policy, and the ids of bindings that are gone. */
export interface PolicyRows {
  readonly principals?: readonly PrincipalTable[];
  readonly bindings?: readonly Pick<BindingTable, "id" | "principalId" | "role" | "organizationId" | "workspaceId" | "projectId">[];
  readonly removedBindings?: readonly Id[];
  readonly workspaces?: readonly WorkspaceTable[];
  readonly revocations?: readonly RevocationTable[];
}

/** Rows as the feed tells of them. */
export function toChange(
  { principals = [], bindings = [], removedBindings = [], workspaces = [], revocations = [] }: PolicyRows,
  revision = 0,
): PolicyChange {
  return create(PolicyChangeSchema, {
    revision: BigInt(revision),
    principals: principals.map(toPolicyPrincipal),
    bindings: bindings.map(toPolicyBinding),
    removedBindings: removedBindings.map(toUuid),
    workspaces: workspaces.map(toPolicyWorkspace),
    revocations: revocations.map(toRevocation),
  });
}

/** An id as messages have it: empty for none. */
const uuidOf = (id: Id): string => (id.equals(noId) ? "" : toUuid(id));

export const toScope = ({
  organizationId,
  workspaceId,
  projectId,
}: Pick<BindingTable, "organizationId" | "workspaceId" | "projectId">) => ({
  organization: toUuid(organizationId),
  workspace: uuidOf(workspaceId),
  project: uuidOf(projectId),
});

const toPolicyPrincipal = ({ id, kind, organizationId, active, name }: PrincipalTable): MessageInitShape<typeof PolicyPrincipalSchema> => ({
  id: toUuid(id),
  kind,
  organization: uuidOf(organizationId),
  active: active === 1,
  name,
});

const toPolicyBinding = (row: NonNullable<PolicyRows["bindings"]>[number]): MessageInitShape<typeof PolicyBindingSchema> => ({
  id: toUuid(row.id),
  principal: toUuid(row.principalId),
  role: row.role,
  scope: toScope(row),
});

const toPolicyWorkspace = ({ id, name, organizationId }: WorkspaceTable): MessageInitShape<typeof PolicyWorkspaceSchema> => ({
  id: toUuid(id),
  name,
  organization: toUuid(organizationId),
});

const toRevocation = ({ credentialId, time }: RevocationTable): MessageInitShape<typeof RevocationSchema> => ({
  credential: toUuid(credentialId),
  time: toTimestamp(time),
});
