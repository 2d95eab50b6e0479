import { create, type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { MemberSchema } from "@signalbox/gen/signalbox/org/v1/organization_pb.ts";
import { PolicyBindingSchema, PolicyWorkspaceSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { NewEvent } from "@signalbox/runtime/store/outbox.ts";
import type { MemberTable, OrganizationTable, WorkspaceTable } from "./tables.ts";

function event<D extends DescMessage>(kind: string, subject: Id, schema: D, message: MessageShape<D>, now: Micros): NewEvent {
  return { workspaceId: noId, kind, subject, payload: Buffer.from(toBinary(schema, message)), createdTime: now };
}

/** Tells rbac which workspace there is. */
export function workspaceChanged({ id, name, organizationId }: WorkspaceTable, now: Micros): NewEvent {
  const message = create(PolicyWorkspaceSchema, { id: toUuid(id), name, organization: toUuid(organizationId) });
  return event("workspace.changed", id, PolicyWorkspaceSchema, message, now);
}

/** Tells rbac the role that the creator of an organization has in it. */
export function organizationCreated({ id, ownerId }: OrganizationTable, now: Micros): NewEvent {
  const scope = { organization: toUuid(id), workspace: "", project: "" };
  const message = create(PolicyBindingSchema, { principal: toUuid(ownerId), role: "organization-admin", scope });
  return event("organization.created", id, PolicyBindingSchema, message, now);
}

/** Tells rbac the role that the creator of a workspace has in it. */
export function workspaceCreated({ id, organizationId, ownerId }: WorkspaceTable, now: Micros): NewEvent {
  const scope = { organization: toUuid(organizationId), workspace: toUuid(id), project: "" };
  const message = create(PolicyBindingSchema, { principal: toUuid(ownerId), role: "workspace-admin", scope });
  return event("workspace.created", id, PolicyBindingSchema, message, now);
}

/** Tells rbac that somebody has no roles in an organization any more. */
export function memberRemoved({ organizationId, principalId }: Pick<MemberTable, "organizationId" | "principalId">, now: Micros): NewEvent {
  const message = create(MemberSchema, { organization: toUuid(organizationId), principal: { id: toUuid(principalId) } });
  return event("member.removed", principalId, MemberSchema, message, now);
}
