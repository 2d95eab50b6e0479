import { setTimeout as sleep } from "node:timers/promises";
import { AuthorizationService } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { catalogue } from "@signalbox/runtime/policy/catalogue.ts";
import { allows } from "@signalbox/runtime/policy/evaluate.ts";
import { roles } from "@signalbox/runtime/policy/roles.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import type { PartUnderTest, TestCaller } from "@signalbox/runtime/testing/part.ts";
import { newUuid, type World } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Around, bindingsAs, started, tellPrincipal } from "./fixtures.ts";

describe.each(dialects)("decisions on %s", (dialect) => {
  let fresh: FreshDatabase;
  let replica: PartUnderTest;
  let world: World;
  let logs: Around;
  let scope: { organization: string; workspace: string };
  let given: string;
  const project = newUuid();
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    ({ replica, world, logs } = await started(fresh.url));
    scope = { organization: world.organization, workspace: world.workspace };
    const give = async (principal: string, role: string, within: object = {}) => {
      const asked = { principal, role, scope: { ...scope, ...within } };
      return (await bindingsAs(replica, world.admin).createRoleBinding(asked)).roleBinding?.id as string;
    };
    given = await give(world.developer, "workspace-developer");
    await give(world.viewer, "project-viewer", { project });
  });
  afterAll(async () => {
    await replica?.close();
    await fresh?.drop();
  });
  const as = (caller: TestCaller) => replica.client(AuthorizationService, caller);

  test("everybody asks about themselves, readers of bindings and services about others", async () => {
    const question = { permission: "run.create", scope };
    expect((await as({ principal: world.developer }).check({ question })).allowed).toBe(true);
    expect((await as({ principal: world.viewer }).check({ question })).allowed).toBe(false);
    const about = { question: { ...question, principal: world.developer } };
    expect((await as({ principal: world.admin }).check(about)).allowed).toBe(true);
    expect((await as({ service: "runs" }).check(about)).allowed).toBe(true);
    expect(await reasonOf(as({ principal: world.viewer }).check(about))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(as({ service: "runs" }).check({ question }))).toBe("FIELD_INVALID");
  });

  test("a workspace that is named with another organization allows nothing", async () => {
    const question = { permission: "run.create", scope: { ...scope, workspace: newUuid() } };
    expect((await as({ principal: world.admin }).check({ question })).allowed).toBe(false);
    const { allowed, sentence } = await as({ principal: world.admin }).explain({ question });
    expect([allowed, sentence]).toEqual([false, "There is no such workspace in that organization."]);
  });

  test("the answers are those of the evaluator, for every principal, permission and place", async () => {
    const places = [{ ...scope }, { ...scope, project }, { ...scope, project: newUuid() }, { organization: world.organization }];
    const questions = [world.admin, world.developer, world.viewer, world.stranger].flatMap((principal) =>
      places.flatMap((place) =>
        ["", world.viewer].flatMap((owner) =>
          [...catalogue].filter((_, n) => n % 3 === 0).map((permission) => ({ principal, permission, scope: place, owner })),
        ),
      ),
    );
    const { facts } = replica.needs.policy;
    for (let at = 0; at < questions.length; at += 1000) {
      const portion = questions.slice(at, at + 1000);
      const { allowed } = await as({ service: "runs" }).batchCheck({ questions: portion });
      const expected = portion.map(({ principal, permission, scope: place, owner }) =>
        allows(facts, principal, permission, { ...place, owner: owner || undefined }),
      );
      expect(allowed).toEqual(expected);
    }
    const tooMany = as({ service: "runs" }).batchCheck({
      questions: Array.from({ length: 1001 }, () => ({ permission: "run.read", scope })),
    });
    expect(await reasonOf(tooMany)).toBe("FIELD_INVALID");
  });

  test("where a permission is held is everywhere, in projects, or on what is one's own", async () => {
    const ask = (principal: string) => as({ principal }).listAllowed({ permission: "run.read", workspace: scope.workspace });
    expect(await ask(world.developer)).toMatchObject({ all: true, projects: [] });
    expect(await ask(world.viewer)).toMatchObject({ all: false, projects: [project], own: false, ownProjects: [project] });
    expect(await ask(world.stranger)).toMatchObject({ all: false, projects: [], own: false, ownProjects: [] });
    const updates = await as({ principal: world.developer }).listAllowed({ permission: "run.update", workspace: scope.workspace });
    expect(updates).toMatchObject({ all: false, projects: [], own: true });
  });

  test("an explanation names the binding, ownership, or the roles that would do", async () => {
    const explain = (principal: string, permission: string, owner = "") =>
      as({ principal: world.admin }).explain({ question: { principal, permission, scope, owner } });
    expect(await explain(world.developer, "run.create")).toMatchObject({
      allowed: true,
      sentence: "dev may run.create there, by workspace-developer in the workspace.",
      granted: [{ id: given, role: "workspace-developer", principal: { name: "dev" }, grantedBy: { name: "admin" } }],
      owner: false,
      missingRoles: [],
    });
    expect(await explain(world.developer, "run.delete", world.developer)).toMatchObject({ allowed: true, owner: true, granted: [] });
    const refused = await explain(world.developer, "run.delete");
    expect(refused).toMatchObject({ allowed: false, owner: false, granted: [] });
    expect(refused.missingRoles).toEqual(
      roles.filter(({ level, permissions }) => level !== "project" && permissions.has("run.delete")).map(({ id }) => id),
    );
    expect((await explain(newUuid(), "run.create")).sentence).toMatch(/^There is no principal/);
    expect((await explain(world.developer, "runs.delete")).sentence).toBe('There is no permission "runs.delete"; run.delete may be meant.');
  });

  test("an answer waits for the revision that it must take in", async () => {
    const { revision } = replica.needs.policy;
    const question = { permission: "run.create", scope };
    const asked = as({ principal: world.developer }).check({ question, atLeastRevision: BigInt(revision + 1) });
    await sleep(20);
    tellPrincipal(logs, newUuid(), world.organization);
    const answer = await asked;
    expect(answer.allowed).toBe(true);
    expect(Number(answer.revision)).toBeGreaterThan(revision);
    const never = as({ principal: world.developer }).check({ question, atLeastRevision: 1_000_000n }, { timeoutMs: 200 });
    expect(await reasonOf(never)).toBe("DEADLINE_EXCEEDED");
  });
});
