import { fromBinary } from "@bufbuild/protobuf";
import { type AuditEvent, AuditEventSchema } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import type { Kysely, Transaction } from "kysely";
import type { Wakeups } from "../cache/wakeups.ts";
import { planeOf, type ServiceName, serviceNames } from "../contract/services.ts";
import { kept, pullFrom, pullOwn, topicOf } from "../events/pull.ts";
import { toMicros } from "../events/timestamp.ts";
import type { Duty } from "../host/part.ts";
import { isUuid, noId, toId, toUuid } from "../ids.ts";
import type { Peers } from "../peers/peers.ts";
import type { Policy } from "../policy/policy.ts";
import { consume } from "../store/consume.ts";
import type { Database } from "../store/database.ts";
import type { BulkRow } from "../store/dialect/bulk.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import { sendAll } from "../store/send-all.ts";
import { auditKind } from "./event.ts";
import { type AuditEventTable, auditTable } from "./tables.ts";

export interface CollectorOptions<Tables> {
  readonly database: Database<Tables>;
  /** The service that keeps the log: org or registry. */
  readonly service: ServiceName;
  readonly peers: Peers;
  readonly wakeups: Wakeups;
  /** Tells the names of principals as they are now. */
  readonly policy: Pick<Policy, "principalRef" | "organizationOf">;
  readonly onError?: (error: unknown) => void;
}

/** The log is read by people, so its events may come late and many at once. */
const gatherMs = 500;

/** Gathers the audit events of every service of a plane, this one's too, for as long as the signal lets it. */
export function auditCollector<Tables>(options: CollectorOptions<Tables>): Duty {
  const { database, service, peers, wakeups, policy, onError } = options;
  const sources = serviceNames.filter((name) => planeOf[name] === planeOf[service]);
  return async (signal) => {
    await Promise.all(
      sources.map((source) => {
        const pull = source === service ? pullOwn(database, source, [auditKind]) : pullFrom(peers, source, [auditKind]);
        const handle = (trx: Transaction<Tables>, events: readonly Event[]) =>
          keepAuditEvents(trx, database.dialect, service, events, policy);
        return consume<Tables, Event>({
          database,
          service,
          name: `audit:${source}`,
          pull,
          handle,
          async resync() {
            onError?.(new Error(`audit events of ${source} were dropped before they were gathered: the log has a gap`));
            for await (const events of kept(pull)) await database.transact((trx) => handle(trx, events));
          },
          wakeups,
          topic: topicOf(source),
          signal,
          gatherMs,
          ...(onError && { onError }),
        });
      }),
    );
  };
}

/** Keeps audit events; one that is kept already is left as it is. */
export async function keepAuditEvents<Tables>(
  trx: Kysely<Tables>,
  dialect: Dialect,
  service: string,
  events: readonly Pick<Event, "kind" | "payload" | "subject" | "workspace">[],
  policy: CollectorOptions<Tables>["policy"],
): Promise<void> {
  const rows = events.filter(({ kind }) => kind === auditKind).map((event): BulkRow => ({ ...toRow(event, policy) }));
  await sendAll(trx, dialect, dialect.bulk.insert(auditTable(service), rows, { key: ["workspaceId", "id"], overwrite: [] }));
}

function toRow(event: Pick<Event, "payload" | "subject" | "workspace">, policy: CollectorOptions<never>["policy"]): AuditEventTable {
  const message = fromBinary(AuditEventSchema, event.payload);
  const principalId = idOf(message.principal?.id);
  const known = principalId.equals(noId) ? undefined : policy.principalRef(principalId).name;
  return {
    workspaceId: idOf(event.workspace),
    id: toId(message.id),
    time: toMicros(message.time),
    service: message.service,
    method: message.method,
    principalId,
    principalName: message.principal?.name || known || "",
    principalKind: message.principalKind,
    credentialId: idOf(message.credential),
    address: message.address.slice(0, 255),
    subject: message.subject,
    projectId: idOf(message.project),
    organizationId: organizationOf(event, message, policy),
    outcome: message.outcome,
    reason: message.reason,
    trace: message.trace,
  };
}

/** In the control plane, whose log an event belongs to: the organization it names, or else the caller's own. */
function organizationOf(
  { workspace, subject }: Pick<Event, "subject" | "workspace">,
  { principal }: AuditEvent,
  policy: CollectorOptions<never>["policy"],
) {
  if (workspace !== "") return noId;
  if (subject !== "" && subject !== toUuid(noId)) return idOf(subject);
  return idOf(principal?.id ? policy.organizationOf(principal.id) : undefined);
}

const idOf = (uuid: string | undefined) => (uuid && isUuid(uuid) ? toId(uuid) : noId);
