import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { OrganizationService, WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { auditCollector } from "@signalbox/runtime/audit/collect.ts";
import { auditHandlers } from "@signalbox/runtime/audit/handlers.ts";
import { mutation } from "@signalbox/runtime/audit/mutation.ts";
import { refusals } from "@signalbox/runtime/audit/refused.ts";
import { deriveAll } from "@signalbox/runtime/crypto/keys.ts";
import { sealer } from "@signalbox/runtime/crypto/seal.ts";
import { eventHandlers } from "@signalbox/runtime/events/handlers.ts";
import { retention } from "@signalbox/runtime/events/retention.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { pageSeal } from "@signalbox/runtime/store/page-seal.ts";
import { relay } from "@signalbox/runtime/store/relay.ts";
import { memberHandlers } from "./member/handlers.ts";
import { migrations } from "./migrations/index.ts";
import { organizationHandlers } from "./organization/handlers.ts";
import { resolversOf } from "./resolve.ts";
import type { OrgTables } from "./tables.ts";
import { workspaceHandlers } from "./workspace/handlers.ts";

/** How often the relay looks by itself: who left is heard of everywhere within a second, also while wake-ups are lost. */
const idleMs = 200;

/** Organizations, their members and workspaces, and the audit log of the control plane. */
export const org: Assemble = async ({ open, peers, clock, wakeups, meshKeys, policy, log: logger }) => {
  const database = await open<OrgTables>(migrations);
  const untyped = database as unknown as Database<never>;
  const log = outbox(untyped, "org", wakeups);
  const onError = (error: unknown) => logger.error({ err: error }, "work beside the calls failed, and is tried again");
  const mutate = mutation(database, { service: "org", clock, wakeups });
  const refused = refusals(database, { service: "org", clock, onError });
  const seal = pageSeal(sealer(deriveAll(meshKeys, "page-token")));
  const options = { database, log, mutate, policy, peers, seal, clock };

  return {
    serves: [
      serves(OrganizationService, { ...organizationHandlers(options), ...memberHandlers(options) }),
      serves(WorkspaceService, workspaceHandlers(options)),
      serves(AuditService, auditHandlers(database, { service: "org", seal, clock, policy })),
    ],
    events: eventHandlers(database, "org"),
    recordRefusal: refused.record,
    resolvers: resolversOf(database.db),
    ready: database.ping,
    duties: [
      (signal) => relay({ database: untyped, outbox: log, wakeups, signal, idleMs, onError }),
      auditCollector({ database, service: "org", peers, wakeups, policy, onError }),
      (signal) => retention(log, signal, { clock, onError }),
    ],
    async close() {
      await refused.flush();
      await database.close();
    },
  };
};
