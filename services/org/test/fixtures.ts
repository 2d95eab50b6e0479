import { setTimeout as sleep } from "node:timers/promises";
import { create, fromBinary } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { type Event, EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { MemberSchema } from "@signalbox/gen/signalbox/org/v1/organization_pb.ts";
import { OrganizationService, WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import {
  PolicyBindingSchema,
  PolicyChangeSchema,
  PolicyPrincipalSchema,
  PolicyWorkspaceSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { memoryWakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import { fake, type PartOptions, type PartUnderTest, partUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, newWorld, type World } from "@signalbox/runtime/testing/world.ts";
import { bootstrapOrganization } from "../src/bootstrap.ts";
import { org } from "../src/index.ts";
import { migrations } from "../src/migrations/index.ts";

/** One replica of org, with its duties running and a policy that hears of what it does. */
export interface Replica extends PartUnderTest {
  /** Principals that identity knows, beside those of the policy. */
  readonly known: Set<string>;
  /** What org told, oldest first. */
  told(...kinds: string[]): Promise<Event[]>;
}

async function aReplica(url: string, world: World, over: Partial<PartOptions["needs"]> = {}): Promise<Replica> {
  const known = new Set<string>();
  const part = await partUnderTest({
    name: "org",
    assemble: org,
    url,
    world,
    fakes: [
      fake(EventService, { pullEvents: ({ after }) => ({ events: [], upto: after }) }),
      fake(UserService, {
        batchGetPrincipals: ({ ids }) => ({ principals: ids.filter((id) => known.has(id)).map((id) => ({ id, name: "known" })) }),
      }),
    ],
    needs: over,
  });
  part.startDuties();
  const stop = new AbortController();
  const events = part.client(EventService, { service: "rbac" });
  const listening = listen(events, part.needs.policy, stop.signal);
  return {
    ...part,
    known,
    told: async (...kinds) => (await events.pullEvents({ after: 0n, limit: 1000, kinds })).events,
    async close() {
      stop.abort();
      await listening;
      await part.close();
    },
  };
}

/** Rbac's part: what org tells is in the policy a moment later. */
async function listen(log: Client<typeof EventService>, policy: Policy, signal: AbortSignal): Promise<void> {
  for (let after = 0n; !signal.aborted; ) {
    const pulled = await log.pullEvents({ after });
    for (const event of pulled.events) hear(event, policy);
    after = pulled.upto;
    await sleep(10);
  }
}

function hear({ kind, payload }: Event, policy: Policy): void {
  const change = create(PolicyChangeSchema);
  if (kind === "workspace.changed") change.workspaces.push(fromBinary(PolicyWorkspaceSchema, payload));
  if (kind === "organization.created" || kind === "workspace.created") {
    change.bindings.push({ ...fromBinary(PolicyBindingSchema, payload), id: newUuid() });
  }
  if (kind === "member.removed") {
    const { principal, organization } = fromBinary(MemberSchema, payload);
    const held = policy.bindingsOf(principal?.id ?? "").filter((binding) => binding.organization === organization);
    change.removedBindings.push(...held.map(({ id }) => id));
  }
  policy.apply(change, policy.revision + 1);
}

/** Makes a policy know of an active user. */
export function aPrincipal(policy: Policy, organization: string, name = "somebody"): string {
  const id = newUuid();
  const principals = [create(PolicyPrincipalSchema, { id, name, kind: "user", organization, active: true })];
  policy.apply(create(PolicyChangeSchema, { principals }), policy.revision + 1);
  return id;
}

/** A replica with the organization and the workspace of a world. */
export async function started(url: string): Promise<{ readonly replica: Replica; readonly world: World }> {
  const world = newWorld();
  await seed(url, world);
  return { replica: await aReplica(url, world), world };
}

/** Makes the organization and the workspace of a world. */
export async function seed(url: string, { organization, workspace, workspaceName, admin }: World): Promise<void> {
  const open = async <T>() => {
    const database = openDatabase<T>(url);
    await migrate(database, "org", migrations);
    return database;
  };
  await bootstrapOrganization(
    { open, clock: systemClock, wakeups: memoryWakeups() },
    {
      organization: { id: organization, name: `world ${organization.slice(-6)}` },
      workspace: { id: workspace, name: workspaceName },
      owner: admin,
    },
  );
}

export const organizationsAs = (replica: PartUnderTest, principal: string) => replica.client(OrganizationService, { principal });
export const workspacesAs = (replica: PartUnderTest, principal: string) => replica.client(WorkspaceService, { principal });
