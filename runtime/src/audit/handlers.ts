import { type AuditEvent, type Outcome, OutcomeSchema } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import type { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import type { Kysely, SelectQueryBuilder } from "kysely";
import { toTimestamp } from "../events/timestamp.ts";
import { type Id, noId, toId, toUuid } from "../ids.ts";
import type { Policy } from "../policy/policy.ts";
import { type Lists, listContext, pageOf } from "../resource/lists.ts";
import type { Call } from "../rpc/call.ts";
import type { Handlers } from "../rpc/handler.ts";
import { planeId } from "../rpc/workspace.ts";
import type { Database } from "../store/database.ts";
import type { Listing } from "../store/listing.ts";
import { list } from "../store/page.ts";
import type { AuditEventTable } from "./tables.ts";

export interface AuditOptions {
  /** The service that keeps the log: org or registry. */
  readonly service: string;
  readonly lists: Lists;
  readonly policy: Pick<Policy, "organizationsOf" | "allows">;
}

const listing = (service: string): Listing => ({
  table: `${service}_audit_event`,
  fixed: ["workspaceId"],
  key: "id",
  defaultOrder: "time desc",
  fields: {
    time: { kind: "time", column: "time", sortable: true },
    service: { kind: "text", column: "service" },
    method: { kind: "text", column: "method" },
    principal: { kind: "id", column: "principalId" },
    principal_name: { kind: "text", column: "principalName" },
    principal_kind: { kind: "text", column: "principalKind" },
    credential: { kind: "id", column: "credentialId" },
    subject: { kind: "text", column: "subject" },
    project: { kind: "id", column: "projectId" },
    outcome: { kind: "enum", column: "outcome", enum: OutcomeSchema },
    reason: { kind: "text", column: "reason" },
    trace: { kind: "text", column: "trace" },
  },
});

/** The audit log of a plane. In the control plane a caller reads of the organizations that let them. */
export function auditHandlers<Tables>(
  { db }: Pick<Database<Tables>, "db">,
  { service, lists, policy }: AuditOptions,
): Handlers<typeof AuditService> {
  const tables = db as unknown as Kysely<Record<string, AuditEventTable>>;

  /** undefined stands for the whole plane. */
  function organizations({ caller }: Call): Id[] | undefined {
    if (!caller || caller.kind === "service" || caller.workspace !== undefined) return undefined;
    const within = policy.organizationsOf(caller.id);
    return within.filter((organization) => policy.allows(caller.id, "audit_event.read", { organization })).map(toId);
  }

  return {
    async listAuditEvents(request, call) {
      const workspaceId = planeId(call);
      const bounds = organizations(call);
      let query: SelectQueryBuilder<Record<string, AuditEventTable>, string, AuditEventTable> = tables
        .selectFrom(`${service}_audit_event`)
        .selectAll()
        .where("workspaceId", "=", workspaceId);
      if (bounds) query = query.where("organizationId", "in", bounds);
      const { rows, ...page } = await list(query, listing(service), request, listContext(lists, call));
      return { auditEvents: rows.map(toAuditEvent), ...pageOf(page) };
    },
  };
}

function toAuditEvent(row: AuditEventTable): Omit<AuditEvent, "$typeName" | "principal"> & { principal: { id: string; name: string } } {
  const { service, method, principalKind, address, subject, outcome, reason, trace } = row;
  return {
    id: toUuid(row.id),
    time: toTimestamp(row.time),
    service,
    method,
    principal: { id: uuidOf(row.principalId), name: row.principalName },
    principalKind,
    credential: uuidOf(row.credentialId),
    address,
    subject,
    project: uuidOf(row.projectId),
    outcome: outcome as Outcome,
    reason,
    trace,
  };
}

const uuidOf = (id: Id): string => (id.equals(noId) ? "" : toUuid(id));
