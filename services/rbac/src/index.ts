import { AuthorizationService } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { RoleBindingService, RoleService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { storedPart } from "@signalbox/runtime/host/stored-part.ts";
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
export const rbac: Assemble = async (needs) => {
  const { open, peers, clock, wakeups, policy } = needs;
  const database = await open<RbacTables>(migrations);
  const { log, mutate, lists, onError, part } = storedPart(needs, "rbac", database, { idleMs });
  const bindings = bindingStore(database.db, database.dialect);
  const changes = ring(mostFacts);
  const follow = follower({ policy, facts: factStore(database.db), log, ring: changes });
  const watch = watchPolicy({ policy, follower: follow, ring: changes });
  // Before the first call: decisions of this process are made from its own tables.
  await follow.load();

  return {
    ...part,
    serves: [
      serves(AuthorizationService, decisionHandlers({ policy, bindings, watch })),
      serves(RoleService, roleHandlers()),
      serves(RoleBindingService, bindingHandlers({ database, log, mutate, policy, peers, lists, clock })),
    ],
    resolvers: bindingResolvers(bindings, policy),
    duties: [
      ...part.duties,
      following(follow, { wakeups, topic: log.topics.numbered, idleMs, onError }),
      ...projections({ database, log, peers, wakeups, clock, onError }),
      pruning(database, clock, onError),
    ],
  };
};
