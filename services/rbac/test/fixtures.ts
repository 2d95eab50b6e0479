import { create, toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema, EventService, type PullEventsRequest } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { MemberSchema } from "@signalbox/gen/signalbox/org/v1/organization_pb.ts";
import {
  PolicyBindingSchema,
  PolicyPrincipalSchema,
  PolicyWorkspaceSchema,
  RevocationSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { createPolicy, type Policy } from "@signalbox/runtime/policy/policy.ts";
import { until } from "@signalbox/runtime/testing/failing.ts";
import { fake, type PartOptions, type PartUnderTest, partUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newWorld, type World } from "@signalbox/runtime/testing/world.ts";
import { rbac } from "../src/index.ts";

/** The log of another service, as rbac pulls it. */
export interface FakeLog {
  readonly events: Event[];
  tell(kind: string, payload: Uint8Array): void;
}

function fakeLog(): FakeLog {
  const events: Event[] = [];
  return {
    events,
    tell: (kind, payload) => void events.push(create(EventSchema, { sequence: BigInt(events.length + 1), kind, payload })),
  };
}

export interface Around {
  readonly identity: FakeLog;
  readonly org: FakeLog;
  /** The principals that identity has and has not told of. */
  readonly untold: Set<string>;
}

export const around = (): Around => ({ identity: fakeLog(), org: fakeLog(), untold: new Set() });

export const tellPrincipal = ({ identity }: Around, id: string, organization: string, over: { active?: boolean; name?: string } = {}) =>
  identity.tell(
    "principal.changed",
    toBinary(PolicyPrincipalSchema, create(PolicyPrincipalSchema, { id, organization, kind: "user", active: true, name: "", ...over })),
  );

export const tellRevoked = ({ identity }: Around, credential: string, time: number) =>
  identity.tell("credential.revoked", toBinary(RevocationSchema, create(RevocationSchema, { credential, time: toTimestamp(time) })));

export const tellWorkspace = ({ org }: Around, id: string, name: string, organization: string) =>
  org.tell("workspace.changed", toBinary(PolicyWorkspaceSchema, create(PolicyWorkspaceSchema, { id, name, organization })));

export function tellCreator({ org }: Around, principal: string, organization: string, workspace = "") {
  const role = workspace === "" ? "organization-admin" : "workspace-admin";
  const binding = create(PolicyBindingSchema, { principal, role, scope: { organization, workspace, project: "" } });
  org.tell(workspace === "" ? "organization.created" : "workspace.created", toBinary(PolicyBindingSchema, binding));
}

export const tellLeft = ({ org }: Around, principal: string, organization: string) =>
  org.tell("member.removed", toBinary(MemberSchema, create(MemberSchema, { principal: { id: principal }, organization })));

/** Tells of a world: its people, its workspace and its administrator. */
export function tellWorld(logs: Around, { organization, workspace, workspaceName, admin, developer, viewer, stranger }: World): void {
  for (const [id, name] of [
    [admin, "admin"],
    [developer, "dev"],
    [viewer, "viewer"],
    [stranger, "stranger"],
  ] as const) {
    tellPrincipal(logs, id, organization, { name });
  }
  tellWorkspace(logs, workspace, workspaceName, organization);
  tellCreator(logs, admin, organization);
}

/** One replica of rbac that hears these logs, with its duties running and the world in its policy. */
export async function aReplica(url: string, world: World, logs: Around, over: Partial<PartOptions["needs"]> = {}): Promise<PartUnderTest> {
  const pullEvents = async ({ after, limit, kinds }: PullEventsRequest) => {
    const { events } = kinds.includes("principal.changed") ? logs.identity : logs.org;
    const pulled = events.filter(({ sequence, kind }) => sequence > after && kinds.includes(kind)).slice(0, limit);
    return { events: pulled, upto: pulled.length < limit ? BigInt(events.length) : (pulled.at(-1)?.sequence ?? after) };
  };
  const replica = await partUnderTest({
    name: "rbac",
    assemble: rbac,
    url,
    world,
    fakes: [
      fake(EventService, { pullEvents }),
      fake(UserService, {
        batchGetPrincipals: ({ ids }) => ({ principals: ids.filter((id) => logs.untold.has(id)).map((id) => ({ id })) }),
      }),
    ],
    needs: { policy: createPolicy(), ...over },
  });
  replica.startDuties();
  return replica;
}

/** Whether a policy has heard of all that {@link tellWorld} tells, which comes by two logs. */
export const knows = (policy: Policy, { admin, developer, viewer, stranger, workspace }: World): boolean =>
  [admin, developer, viewer, stranger].every((id) => policy.isActive(id)) &&
  policy.workspace(workspace) !== undefined &&
  policy.bindingsOf(admin).length === 1;

/** A replica in a world that it has heard of. */
export async function started(url: string): Promise<{ readonly replica: PartUnderTest; readonly world: World; readonly logs: Around }> {
  const world = newWorld();
  const logs = around();
  tellWorld(logs, world);
  const replica = await aReplica(url, world, logs);
  await until(() => knows(replica.needs.policy, world), "that rbac has heard of the world");
  return { replica, world, logs };
}

export const bindingsAs = (replica: PartUnderTest, principal: string) => replica.client(RoleBindingService, { principal });
