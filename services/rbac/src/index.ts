import { AuthorizationService } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { RoleBindingService, RoleService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
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
import { bindingHandlers } from "./binding/handlers.ts";
import { bindingResolvers } from "./binding/resolve.ts";
import { bindingStore } from "./binding/store.ts";
import { decisionHandlers } from "./decision/handlers.ts";
import { following } from "./feed/duty.ts";
import { follower } from "./feed/follow.ts";
import { ring } from "./feed/ring.ts";
import { factStore } from "./feed/store.ts";
import { watchPolicy } from "./feed/watch.ts";
import { migrations } from "./migrations/index.ts";
import { projections, pruning } from "./projection/duties.ts";
import { roleHandlers } from "./role/handlers.ts";
import type { RbacTables } from "./tables.ts";

/** How often the relay and the feed look by themselves: a change is everywhere within a second, also while wake-ups are lost. */
const idleMs = 200;
/** The changes that watchers may be behind by. */
const mostFacts = 50_000;

/** Roles, bindings and the policy that all services decide from. */
export const rbac: Assemble = async ({ open, peers, clock, wakeups, meshKeys, policy, log: logger }) => {
  const database = await open<RbacTables>(migrations);
  const untyped = database as unknown as Database<never>;
  const log = outbox(untyped, "rbac", wakeups);
  const onError = (error: unknown) => logger.error({ err: error }, "work beside the calls failed, and is tried again");
  const mutate = mutation(database, { service: "rbac", clock, wakeups });
  const refused = refusals(database, { service: "rbac", clock, onError });
  const seal = pageSeal(sealer(deriveAll(meshKeys, "page-token")));
  const bindings = bindingStore(database.db, database.dialect);
  const changes = ring(mostFacts);
  const follow = follower({ policy, facts: factStore(database.db), log, ring: changes });
  const watch = watchPolicy({ policy, follower: follow, ring: changes });
  // Before the first call: decisions of this process are made from its own tables.
  await follow.load();

  return {
    serves: [
      serves(AuthorizationService, decisionHandlers({ policy, bindings, watch })),
      serves(RoleService, roleHandlers()),
      serves(RoleBindingService, bindingHandlers({ database, log, mutate, policy, seal, clock })),
    ],
    events: eventHandlers(database, "rbac"),
    recordRefusal: refused.record,
    resolvers: bindingResolvers(bindings, policy),
    ready: database.ping,
    duties: [
      (signal) => relay({ database: untyped, outbox: log, wakeups, signal, idleMs, onError }),
      following(follow, { wakeups, topic: log.topics.numbered, idleMs, onError }),
      ...projections({ database, log, peers, wakeups, clock, onError }),
      pruning(database, clock, onError),
      (signal) => retention(log, signal, { clock, onError }),
    ],
    async close() {
      await refused.flush();
      await database.close();
    },
  };
};
