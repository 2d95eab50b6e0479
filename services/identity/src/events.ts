import { create, toBinary } from "@bufbuild/protobuf";
import { PolicyPrincipalSchema, RevocationSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { NewEvent } from "@signalbox/runtime/store/outbox.ts";
import { isActive, type Principal } from "./principal/store.ts";

/** Tells the policy what a principal is now. */
export function principalChanged({ id, kind, organizationId, name, state }: Principal, now: Micros): NewEvent {
  const fact = { id: toUuid(id), kind, organization: toUuid(organizationId), active: isActive({ state }), name };
  const payload = toBinary(PolicyPrincipalSchema, create(PolicyPrincipalSchema, fact));
  return { workspaceId: noId, kind: "principal.changed", subject: id, payload: Buffer.from(payload), createdTime: now };
}

/** Tells the policy that tokens got with a credential, or of a principal, are refused if they were issued before an instant. */
function credentialRevoked(credential: Id, before: Micros, now: Micros): NewEvent {
  const payload = toBinary(RevocationSchema, create(RevocationSchema, { credential: toUuid(credential), time: toTimestamp(before) }));
  return { workspaceId: noId, kind: "credential.revoked", subject: credential, payload: Buffer.from(payload), createdTime: now };
}

/** Tells that a principal is gone for good: what they were given goes too. */
export function principalDeleted(principal: Principal, now: Micros): NewEvent {
  return { ...principalChanged(principal, now), kind: "principal.deleted" };
}

/** How far ahead of its end what was got with a credential is refused. */
export const margin: Micros = 60_000_000;

/**
 * The end of a session or key, which never comes back. The instant lies a
 * minute ahead: a token whose making began before the end may be issued after
 * it, and the clocks of two replicas differ.
 */
export const ended = (credential: Id, now: Micros): NewEvent => credentialRevoked(credential, now + margin, now);

/**
 * Refuses what was got so far of a principal or key that goes on. Tokens say
 * to the second when they were issued, so the instant is cut to the second:
 * what is got right afterwards works.
 */
export const refusedSoFar = (credential: Id, now: Micros): NewEvent => credentialRevoked(credential, now - (now % 1_000_000), now);
