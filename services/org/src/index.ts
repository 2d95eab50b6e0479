import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { OrganizationService, WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { auditCollector } from "@signalbox/runtime/audit/collect.ts";
import { auditHandlers } from "@signalbox/runtime/audit/handlers.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { storedPart } from "@signalbox/runtime/host/stored-part.ts";
import { memberHandlers } from "./member/handlers.ts";
import { migrations } from "./migrations/index.ts";
import { organizationHandlers } from "./organization/handlers.ts";
import { resolversOf } from "./resolve.ts";
import type { OrgTables } from "./tables.ts";
import { workspaceHandlers } from "./workspace/handlers.ts";

/** How often the relay looks by itself: who left is heard of everywhere within a second, also while wake-ups are lost. */
const idleMs = 200;

/** Organizations, their members and workspaces, and the audit log of the control plane. */
export const org: Assemble = async (needs) => {
  const { open, peers, clock, wakeups, policy } = needs;
  const database = await open<OrgTables>(migrations);
  const { log, mutate, lists, onError, part } = storedPart(needs, "org", database, { idleMs });
  const options = { database, log, mutate, policy, peers, lists, clock };

  return {
    ...part,
    serves: [
      serves(OrganizationService, { ...organizationHandlers(options), ...memberHandlers(options) }),
      serves(WorkspaceService, workspaceHandlers(options)),
      serves(AuditService, auditHandlers(database, { service: "org", lists, policy })),
    ],
    resolvers: resolversOf(database.db),
    duties: [...part.duties, auditCollector({ database, service: "org", peers, wakeups, policy, onError })],
  };
};
