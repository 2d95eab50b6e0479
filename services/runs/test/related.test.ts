import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { StackService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { StatisticsService } from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { fake, type PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

const [build, template, sourceSnapshot, repository, stack, modelVersion] = Array.from({ length: 6 }, newUuid) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const many = Array.from({ length: 1001 }, newUuid);

describe.each(dialects)("runs are found by what they are related to on %s", (dialect) => {
  let here: Lab;
  let asked = 0;
  const ids: Record<string, string> = {};
  const named = (text: string, wanted: string, id: string) => (text === wanted ? [id] : text === "many" ? many : []);
  const registry = [
    fake(StackService, {
      resolveStacks: ({ name, component }) => {
        asked += 1;
        return { stacks: [...named(name, "gpu", stack), ...named(component, "s3", stack)] };
      },
    }),
    fake(RunTemplateService, { resolveRunTemplates: ({ name }) => ({ runTemplates: named(name, "nightly", template) }) }),
    fake(CodeRepositoryService, { resolveCodeRepositories: ({ name }) => ({ codeRepositories: named(name, "birds", repository) }) }),
    fake(ModelVersionService, {
      resolveModelVersions: ({ model }) => ({
        modelVersions: [...named(model, "penguins", modelVersion), ...(model === "penguins" ? [newUuid()] : [])],
      }),
      resolveModelRuns: ({ modelVersion: of }) => ({ runs: of === modelVersion ? [ids.plain ?? "", newUuid()] : of === build ? many : [] }),
    }),
  ];

  const find = async (filter: string, rest: object = {}) => {
    const { runs } = await runClient(here).listRuns({ project: here.project, filter, orderBy: "create_time", ...rest });
    return runs.map(({ name }) => name);
  };

  beforeAll(async () => {
    here = await lab(dialect, 1, registry);
    const { project } = here;
    const code = {
      $typeName: "signalbox.registry.v1.CodeReference",
      repository: "",
      path: "",
      dirty: false,
      id: "",
      url: "",
      commit: "ab",
    } as const;
    const related = here.snapshot({
      build,
      template,
      sourceSnapshot,
      stack,
      runnable: true,
      code: { ...code, codeRepository: repository },
    });
    const create = async (name: string, more: { snapshot?: string; modelVersion?: string; parentStep?: string }) => {
      const { run } = await runClient(here).createRun({ id: newUuid(), project, name, snapshot: here.snapshot(), ...more });
      ids[name] = run?.id ?? "";
      return ids[name];
    };
    await create("plain", {});
    await create("whole", { snapshot: related, modelVersion });
    await create("other", { snapshot: here.snapshot({ build: newUuid() }), modelVersion: newUuid() });
    const { step } = await reportClient(here).startStep({ run: await create("parent", {}), step: "fan out" });
    ids.step = step?.id ?? "";
    await create("child", { parentStep: ids.step });
  }, 60_000);
  afterAll(() => here.close());

  test.each([
    [`build = ${build}`, ["whole"]],
    [`build != ${build}`, ["other"]],
    [`NOT build = ${build}`, ["plain", "other", "parent", "child"]],
    ["build:*", ["whole", "other"]],
    ["NOT build:* AND NOT model_version:*", ["plain", "parent", "child"]],
    [`build = ${newUuid()}`, []],
    [`template = ${template} AND status = INITIALIZING`, ["whole"]],
    ["template = nightly", ["whole"]],
    ["template = unknown", []],
    [`source_snapshot = ${sourceSnapshot}`, ["whole"]],
    [`code_repository = ${repository} OR parent_step:*`, ["whole", "child"]],
    ["code_repository = birds", ["whole"]],
    [`model_version = ${modelVersion}`, ["whole"]],
    ["model = penguins", ["whole"]],
    ["model = unknown", []],
    [`linked_model_version = ${modelVersion}`, ["plain"]],
    ["templatable = true", ["whole"]],
    ["templatable = false", ["plain", "other", "parent", "child"]],
    [`stack = ${stack}`, ["whole"]],
    ["stack = gpu", ["whole"]],
    ["stack.name = gpu", ["whole"]],
    ["NOT component = s3", ["plain", "other", "parent", "child"]],
    ["component = s3 AND templatable = true", ["whole"]],
  ])("%s", async (filter, names) => {
    expect(await find(filter)).toEqual(names);
  });

  test("by the step that started them", async () => {
    expect(await find(`parent_step = ${ids.step}`)).toEqual(["child"]);
  });

  test("and in no other project, in pages, and in numbers", async () => {
    expect(await find(`build = ${build}`, { project: here.other })).toEqual([]);
    expect(await find("templatable = true", { project: "" })).toEqual(["whole"]);
    const page = await runClient(here).listRuns({ project: here.project, filter: "build:*", pageSize: 1, includeTotal: true });
    expect([page.runs.map(({ name }) => name), page.totalSize]).toEqual([["other"], 2n]);
    const rest = await runClient(here).listRuns({ project: here.project, filter: "build:*", pageSize: 1, pageToken: page.nextPageToken });
    expect(rest.runs.map(({ name }) => name)).toEqual(["whole"]);
    const statistics = (here.parts[0] as PartUnderTest).client(StatisticsService, as(here));
    const { groups } = await statistics.getRunStatistics({ project: here.project, filter: "model = penguins", groupings: [] });
    expect(groups.map(({ runCount }) => runCount)).toEqual([1n]);
  });

  test("asking registry once, and not for more than a filter may match", async () => {
    asked = 0;
    await find("stack = gpu", { includeTotal: true });
    expect(asked).toBe(1);
    for (const filter of [
      "stack = many",
      "component = many",
      "template = many",
      "code_repository = many",
      "model = many",
      `linked_model_version = ${build}`,
    ])
      expect([filter, await reasonOf(find(filter))]).toEqual([filter, Reason.TOO_MANY_MATCHES]);
    for (const filter of ["build = word", "linked_model_version = word", "templatable = maybe", "build < 3", `templatable > true`])
      expect([filter, await reasonOf(find(filter))]).toEqual([filter, Reason.FILTER_INVALID]);
  });

  test("also where many have the same, in the order of the list and page by page", async () => {
    const { db } = here.database;
    const first = toId(ids.whole ?? "");
    const run = await db.selectFrom("runsRun").selectAll().where("id", "=", first).executeTakeFirstOrThrow();
    const trait = await db.selectFrom("runsRunTrait").selectAll().where("runId", "=", first).executeTakeFirstOrThrow();
    const crowd = Array.from({ length: 2100 }, (_, i) => ({ id: toId(newUuid()), createTime: run.createTime + 1_000_000 + i }));
    const runsThere = crowd.map(({ id, createTime }, i) => ({
      ...run,
      ...{ id, createTime, rootRunId: id, name: `crowd ${String(i).padStart(4, "0")}`, claimKey: Buffer.concat([id, id]), index: 100 + i },
    }));
    const traitsThere = crowd.map(({ id, createTime }) => ({ ...trait, runId: id, createTime }));
    for (let at = 0; at < crowd.length; at += 100) {
      await db
        .insertInto("runsRun")
        .values(runsThere.slice(at, at + 100))
        .execute();
      await db
        .insertInto("runsRunTrait")
        .values(traitsThere.slice(at, at + 100))
        .execute();
    }
    for (const filter of [
      `build = ${build}`,
      "template = nightly",
      "model = penguins",
      "templatable = true",
      `code_repository = birds AND name = "crowd*"`,
    ]) {
      const newest = await find(filter, { orderBy: "", pageSize: 2 });
      expect([filter, newest]).toEqual([filter, ["crowd 2099", "crowd 2098"]]);
      let [seen, pageToken] = [0, ""];
      do {
        const page = await runClient(here).listRuns({ project: here.project, filter, pageSize: 500, pageToken });
        seen += page.runs.length;
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      expect([filter, seen]).toEqual([filter, filter.includes("crowd") ? 2100 : 2101]);
    }
  });
});
