import { create, toBinary } from "@bufbuild/protobuf";
import { isSpanContextValid, trace } from "@opentelemetry/api";
import { AuditEventSchema, Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { LRUCache } from "lru-cache";
import type { Micros } from "../clock.ts";
import { nameOf } from "../contract/policy-of.ts";
import { toTimestamp } from "../events/timestamp.ts";
import { isUuid, newId, noId, toId, toUuid } from "../ids.ts";
import type { Call } from "../rpc/call.ts";
import { planeId } from "../rpc/workspace.ts";
import type { NewEvent } from "../store/outbox.ts";

/** The kind of the events that carry the audit log. */
export const auditKind = "audit";

/** What a call was about. All are UUIDs, but a subject that has none is given by its name. */
export interface About {
  readonly subject: string;
  /** The project that the subject lies in. */
  readonly project?: string | undefined;
  /** The organization whose administrators may read of it, in the control plane. That of the granted resource unless told. */
  readonly organization?: string | undefined;
}

export interface Ended {
  readonly service: string;
  readonly time: Micros;
  /** Why it was refused, as "PERMISSION_MISSING"; absent where it was done. */
  readonly refused?: string | undefined;
}

/**
 * The audit event of a call, ready for the service's outbox. Its own subject
 * there is the organization, by which the control plane parts its log.
 */
export function auditEvent(
  call: Pick<Call, "caller" | "granted" | "method" | "address">,
  { subject, project, organization }: About,
  { service, time, refused }: Ended,
): NewEvent {
  const { caller, granted } = call;
  const owner = organization ?? granted?.resource?.organization;
  const lasting = {
    service,
    method: nameOf(call.method),
    principalId: caller?.id ?? "",
    principalKind: caller?.kind ?? "",
    credential: caller && "credential" in caller ? caller.credential : "",
    address: call.address ?? "",
    subject: subject.slice(0, 255),
    project: project ?? granted?.resource?.project ?? "",
    reason: refused ?? "",
  };
  const own = create(AuditEventSchema, { id: toUuid(newId()), time: toTimestamp(time), trace: traceId() });
  return {
    workspaceId: planeId(call),
    kind: auditKind,
    subject: owner && isUuid(owner) ? toId(owner) : noId,
    payload: Buffer.concat([encodedOnce(lasting), toBinary(AuditEventSchema, own)]),
    createdTime: time,
  };
}

/** What events have in common that tell of the same caller, method and subject. */
type Lasting = Readonly<
  Record<"service" | "method" | "principalId" | "principalKind" | "credential" | "address" | "subject" | "project" | "reason", string>
>;

const encoded = new LRUCache<string, Uint8Array>({ max: 1_000 });

/** That part of an event in protobuf, where the parts of a message stand one after the other: most of its bytes are the same each time. */
function encodedOnce(lasting: Lasting): Uint8Array {
  const key = Object.values(lasting).join("\0");
  const known = encoded.get(key);
  if (known) return known;
  const { principalId, ...texts } = lasting;
  const { principalKind, reason } = texts;
  const bytes = toBinary(
    AuditEventSchema,
    create(AuditEventSchema, {
      ...texts,
      principal: principalKind === "" ? undefined : principalKind === "service" ? { name: principalId } : { id: principalId },
      outcome: reason === "" ? Outcome.DONE : Outcome.REFUSED,
    }),
  );
  encoded.set(key, bytes);
  return bytes;
}

function traceId(): string {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? span.traceId : "";
}
