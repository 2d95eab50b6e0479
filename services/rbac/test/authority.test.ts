import { AuthorizationService } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import { catalogue } from "@signalbox/runtime/policy/catalogue.ts";
import { decisions } from "@signalbox/runtime/policy/decide.ts";
import type { Place } from "@signalbox/runtime/policy/grant.ts";
import { mirror } from "@signalbox/runtime/policy/mirror.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import { roles } from "@signalbox/runtime/policy/roles.ts";
import { dialects, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { until } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, newWorld } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aReplica, around, knows, tellWorld } from "./fixtures.ts";

// The database has no say in decisions; one is enough.
describe.each(dialects.slice(0, 1))("on %s", (dialect) => {
  const world = newWorld();
  const { organization, workspace, admin, developer, viewer, stranger } = world;
  const logs = around();
  tellWorld(logs, world);
  const projects = [newUuid(), newUuid(), newUuid()];
  const principals = [admin, developer, viewer, stranger];
  let replica: Awaited<ReturnType<typeof aReplica>>;
  let drop: () => Promise<void>;
  let peers: Peers;
  const mirrored = createPolicy();
  const stopping = new AbortController();
  let following: Promise<void>;

  beforeAll(async () => {
    const database = await freshDatabase(dialect);
    drop = database.drop;
    replica = await aReplica(database.url, world, logs);
    await until(() => knows(replica.needs.policy, world));
    peers = ((service) => replica.client(service, { service: "runs" })) as Peers;
    following = mirror({ policy: mirrored, peers, log: replica.needs.log, workspace })(stopping.signal);
    const bindings = replica.client(RoleBindingService, { principal: admin });
    for (const [index, principal] of [developer, viewer, stranger, developer, stranger].entries()) {
      const role = roles.filter(({ level }) => level !== "organization")[index * 2];
      const project = role?.level === "project" || index > 2 ? (projects[index % 3] ?? "") : "";
      await bindings.createRoleBinding({ principal, role: role?.id ?? "", scope: { organization, workspace, project } });
    }
    await until(() => mirrored.facts.bindings.size === replica.needs.policy.facts.bindings.size);
  });
  afterAll(async () => {
    stopping.abort();
    await following;
    await replica.close();
    await drop();
  });

  const places: readonly Place[] = [
    { organization, workspace },
    ...projects.map((project) => ({ organization, workspace, project })),
    ...projects.map((project) => ({ organization, workspace, project, owner: stranger })),
  ];

  test("a mirror, a service without one, and Check give the same answers", async () => {
    const cold = decisions(createPolicy(), peers);
    const warm = decisions(mirrored, peers);
    const questions = principals.flatMap((principal) =>
      [...catalogue].flatMap((permission) => places.map((place) => ({ principal, permission, place }))),
    );
    expect(questions.length).toBeGreaterThan(1_000);
    const asked: boolean[] = [];
    for (let from = 0; from < questions.length; from += 1_000) {
      const some = questions.slice(from, from + 1_000).map(({ principal, permission, place }) => ({
        principal,
        permission,
        scope: { organization, workspace, project: place.project ?? "" },
        owner: place.owner ?? "",
      }));
      asked.push(...(await peers(AuthorizationService).batchCheck({ questions: some })).allowed);
    }
    const mirroredAnswers = questions.map(({ principal, permission, place }) => warm.allows(principal, permission, place));
    expect(mirroredAnswers).toEqual(asked);
    expect(new Set(asked)).toEqual(new Set([true, false]));
    for (const { principal, permission, place } of questions.filter((_, index) => index % 37 === 0)) {
      expect(await cold.allows(principal, permission, place)).toBe(warm.allows(principal, permission, place));
    }
  });

  test("the bounds of lists are the same, too", async () => {
    const cold = decisions(createPolicy(), peers);
    for (const principal of principals) {
      for (const permission of ["run.read", "project.read", "model.read", "secret.read"]) {
        const here = await decisions(mirrored, peers).visible(principal, permission, workspace);
        expect(await cold.visible(principal, permission, workspace)).toEqual(here);
      }
    }
  });

  test("a mirror that hears nothing for longer than the grace refuses", () => {
    const late = decisions(mirrored, peers, { graceMs: 1_000, now: () => Date.now() + 60_000 });
    expect(() => late.allows(admin, "run.read", { organization, workspace })).toThrow(
      expect.objectContaining({ message: expect.stringContaining("no policy updates") }),
    );
  });
});
