import { create } from "@bufbuild/protobuf";
import {
  PolicyBindingSchema,
  PolicyChangeSchema,
  PolicyPrincipalSchema,
  PolicyWorkspaceSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { expect, test } from "vitest";
import { catalogue } from "../../src/policy/catalogue.ts";
import type { Place } from "../../src/policy/grant.ts";
import { createPolicy, type Policy } from "../../src/policy/policy.ts";
import { roleById, roles } from "../../src/policy/roles.ts";

interface Plain {
  readonly id: string;
  readonly principal: string;
  readonly role: string;
  readonly organization: string;
  readonly workspace: string;
  readonly project: string;
}

/** A small world in which everything meets everything: the same answers must come from the plainest reading of the rules. */
function randomWorld(random: () => number) {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const organizations = ["o1", "o2"];
  const workspaces = ["w1", "w2", "w3"];
  const homes: Record<string, string> = { w1: "o1", w2: "o1", w3: "o2" };
  const projects = ["p1", "p2", "p3"];
  const principals = Array.from({ length: 12 }, (_, index) => `u${index}`);
  const active = new Map(principals.map((id) => [id, random() > 0.2]));
  const policy = createPolicy();
  policy.apply(
    create(PolicyChangeSchema, {
      principals: principals.map((id) => create(PolicyPrincipalSchema, { id, active: active.get(id) === true, organization: "o1" })),
      workspaces: workspaces.map((id) => create(PolicyWorkspaceSchema, { id, name: `name-${id}`, organization: homes[id] ?? "" })),
    }),
    1,
  );
  const bindings = new Map<string, Plain>();
  let count = 0;
  return {
    policy,
    bindings,
    active,
    principals,
    projects,
    workspaces,
    homes,
    change() {
      if (bindings.size > 20 && random() < 0.5) {
        const id = pick([...bindings.keys()]);
        bindings.delete(id);
        policy.apply(create(PolicyChangeSchema, { removedBindings: [id] }), policy.revision + 1);
        return;
      }
      if (random() < 0.1) {
        const id = pick(principals);
        active.set(id, !active.get(id));
        policy.apply(
          create(PolicyChangeSchema, {
            principals: [create(PolicyPrincipalSchema, { id, active: active.get(id) === true, organization: "o1" })],
          }),
          policy.revision + 1,
        );
        return;
      }
      const role = pick(roles);
      const wide = random() < 0.2;
      const workspace = wide ? "" : pick(workspaces);
      const organization = wide ? pick(organizations) : (homes[workspace] ?? "");
      const project = wide || random() < 0.5 ? "" : pick(projects);
      const binding = { id: `b${count++}`, principal: pick(principals), role: role.id, organization, workspace, project };
      bindings.set(binding.id, binding);
      policy.apply(
        create(PolicyChangeSchema, {
          bindings: [create(PolicyBindingSchema, { ...binding, scope: { organization, workspace, project } })],
        }),
        policy.revision + 1,
      );
    },
    place(): Place {
      const workspace = random() < 0.9 ? pick(workspaces) : undefined;
      const project = workspace && random() < 0.7 ? pick(projects) : undefined;
      return {
        organization: workspace ? homes[workspace] : pick(organizations),
        workspace,
        project,
        owner: random() < 0.5 ? pick(principals) : undefined,
      };
    },
    pick,
  };
}

/** The rules, read aloud. */
function bruteForce(world: ReturnType<typeof randomWorld>, principal: string, permission: string, place: Place): boolean {
  if (!world.active.get(principal)) return false;
  const covering = [...world.bindings.values()].filter(
    (binding) =>
      binding.principal === principal &&
      binding.organization === place.organization &&
      (binding.workspace === "" ||
        (binding.workspace === place.workspace && (binding.project === "" || binding.project === place.project))),
  );
  if (covering.some(({ role }) => roleById.get(role)?.permissions.has(permission))) return true;
  const self = ["user.read", "user.update", "api_key.create", "api_key.read", "api_key.update", "api_key.delete"].includes(permission);
  return place.owner === principal && (covering.length > 0 || self);
}

/** A generator of its own, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

test("decisions equal the rules read aloud, in 120,000 questions while the policy changes", () => {
  const permissions = [...catalogue];
  let allowed = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const world = randomWorld(seeded(seed));
    for (let round = 0; round < 10_000; round++) {
      if (round % 20 === 0) world.change();
      const principal = world.pick(world.principals);
      const permission = world.pick(permissions);
      const place = world.place();
      const answer = world.policy.allows(principal, permission, place);
      if (answer !== bruteForce(world, principal, permission, place)) {
        expect.fail(`seed ${seed}, round ${round}: ${principal} ${permission} ${JSON.stringify(place)} was answered ${answer}`);
      }
      if (answer) allowed += 1;
    }
  }
  // A question whose answer is always no would prove nothing.
  expect(allowed).toBeGreaterThan(5_000);
});

test("the bound of a list holds exactly what can be read one by one", () => {
  let partial = 0;
  for (let seed = 20; seed < 30; seed++) {
    const world = randomWorld(seeded(seed));
    for (let round = 0; round < 500; round++) {
      world.change();
      const principal = world.pick(world.principals);
      const permission = world.pick(["run.read", "artifact.read", "model.read", "project.read"]);
      const workspace = world.pick(world.workspaces);
      const bound = world.policy.visible(principal, permission, workspace);
      if (!bound.all && bound.projects.length > 0) partial += 1;
      for (const project of world.projects) {
        for (const owner of world.principals) {
          const listed = isVisible(bound, project, owner);
          const readable = world.policy.allows(principal, permission, { organization: world.homes[workspace], workspace, project, owner });
          if (listed !== readable)
            expect.fail(
              `seed ${seed}: ${principal} ${permission} in ${workspace}/${project} of ${owner}: listed ${listed}, readable ${readable}`,
            );
        }
      }
    }
  }
  expect(partial).toBeGreaterThan(100);
});

function isVisible(bound: ReturnType<Policy["visible"]>, project: string, owner: string): boolean {
  if (bound.all || bound.projects.includes(project)) return true;
  return bound.owner === owner && (bound.ownIn === undefined || bound.ownIn.includes(project));
}

test("every permission of the contract is given by some role", () => {
  const given = new Set(roles.flatMap(({ permissions }) => [...permissions]));
  expect([...catalogue].filter((permission) => !given.has(permission))).toEqual([]);
});

test("roles give no permission that the contract does not ask for", () => {
  expect(roles.flatMap(({ permissions }) => [...permissions]).filter((permission) => !catalogue.has(permission))).toEqual([]);
});
