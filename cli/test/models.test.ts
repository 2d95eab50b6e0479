import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PromotionService } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let asked: unknown[] = [];

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ModelService, {
      getModel: async ({ model }) => ({
        model: { id: `id of ${model}`, name: model, license: "MIT", limitations: "adults\nonly \u001b[31m" },
      }),
      updateModel: async ({ limitations, tradeOffs, promotionRule, updateMask }) => {
        if (promotionRule) {
          asked.push([promotionRule.approvals, promotionRule.stages, updateMask?.paths]);
          return { model: { promotionRule } };
        }
        asked.push([limitations, tradeOffs, updateMask?.paths]);
        return {};
      },
      setModelAlias: async ({ alias, version }) => {
        if (version === "9") throw failing(Reason.NOT_FOUND, "there is no such version", { type: "model_version" });
        return { alias: { alias, number: Number(version) }, movedFrom: version === "7" ? "another" : "" };
      },
      deleteModelAlias: async ({ alias }) => {
        asked.push(alias);
        return {};
      },
      tagModels: async ({ models, addTags, removeTags }) => {
        asked.push([models, addTags, removeTags]);
        return { models: [{ id: models[0] ?? "", tags: addTags }] };
      },
    });
    const promotion = { id: "p", number: 7, modelName: "penguins", stage: 2 as const, approvalsNeeded: 2, approvals: [{ approved: true }] };
    service(PromotionService, {
      requestPromotion: async ({ modelVersion, stage, force, reason }) => {
        asked.push([modelVersion, stage, force, reason]);
        return { promotion: { ...promotion, state: 1 } };
      },
      listPromotions: async ({ model, project, filter }) => {
        asked.push([project, model, filter]);
        if (filter.includes("id of 8")) return {};
        return { promotions: [{ ...promotion, state: 1, reason: "better", owner: { name: "ada" } }] };
      },
      decidePromotion: async ({ promotion: id, approved, comment }) => {
        asked.push([id, approved, comment]);
        return { promotion: { ...promotion, state: approved ? 2 : 3 } };
      },
      withdrawPromotion: async () => ({ promotion: { ...promotion, state: 5 } }),
    });
    service(LineageService, {
      getModelVersionOrigins: async ({ modelVersion, maxHops }) => {
        asked.push([modelVersion, maxHops]);
        const code = [{ snapshot: "s", code: { commit: "c0ffee0123456789" } }];
        const steps = [{ name: "train", runName: "brisk-otter", outputs: [{ name: "weights", artifactVersion: "w" }] }];
        const artifacts = [{ artifactVersion: "w", artifactName: "weights", version: "3", uri: "file:///w" }];
        return { runs: [{ name: "brisk-otter", pipelineName: "penguins", status: 9 as const, snapshot: "s" }], steps, artifacts, code };
      },
    });
    service(RunService, { getRun: async ({ run }) => ({ run: { id: `id of ${run}`, name: run } }) });
    service(ModelVersionService, {
      findModelVersion: async ({ model, version }) => {
        if (model === "unborn") throw failing(Reason.NOT_FOUND, "there is no such version", { type: "model_version" });
        const metadata = { "a|b": { kind: { case: "number", value: 0.5 } } } as const;
        return { modelVersion: { id: `id of ${version}`, number: 7, aliases: ["champion"], card: "## Measured\n\nwell", metadata } };
      },
      updateModelVersion: async ({ modelVersion, card, updateMask }) => {
        asked.push([modelVersion, card, updateMask?.paths]);
        return {};
      },
      setModelStage: async ({ modelVersion, stage, force, reason }) => {
        asked.push([modelVersion, stage, force, reason]);
        return { modelVersion: { number: 7, stage }, archived: force ? "another" : "" };
      },
      listModelArtifacts: async ({ modelVersion }) => ({
        artifacts: [{ name: `of ${modelVersion}`, artifactVersion: "v", kind: 1 }],
      }),
      addModelArtifacts: async ({ modelVersion, artifacts }) => {
        asked.push([modelVersion, ...artifacts.map(({ name, artifactVersion, kind }) => [name, artifactVersion, kind])]);
        return {};
      },
      addModelRuns: async ({ runs }) => {
        asked.push(runs);
        return {};
      },
      removeModelArtifacts: async ({ artifacts, all }) => {
        asked.push([artifacts, all]);
        return { removed: 2n };
      },
      removeModelRuns: async () => ({ removed: 1n }),
      logMetadata: async ({ modelVersions, values }) => {
        asked.push([modelVersions, ...Object.entries(values).map(([key, { kind }]) => [key, kind.value])]);
        return {};
      },
      listMetadata: async () => ({
        entries: [{ key: "accuracy", value: { kind: { case: "number" as const, value: 0.97 } }, owner: { name: "ada" } }],
      }),
      listStageChanges: async ({ model, project, filter }) => ({
        stageChanges: [{ number: 7, from: 1, to: 2, forced: true, by: { name: "ada" }, reason: `${project} ${model} ${filter}` }],
      }),
      tagModelVersions: async ({ modelVersions, addTags }) => {
        asked.push([modelVersions, addTags]);
        return { modelVersions: [{ id: modelVersions[0] ?? "", tags: addTags }] };
      },
    });
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  asked = [];
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test", SIGNALBOX_PROJECT: "demo" };
});

test("an alias is given, moved and taken off", async () => {
  const alias = (...more: string[]) => runCli(["models", "alias", "penguins", "champion", ...more], { env });
  expect(await alias("1")).toMatchObject({ code: 0, out: "champion of penguins is version 1\n" });
  expect(await alias("7")).toMatchObject({ code: 0, out: "champion of penguins is version 7 now\n" });
  expect(JSON.parse((await alias("7", "--json")).out)).toMatchObject({ alias: "champion", number: 7 });
  expect(await alias("9")).toMatchObject({ code: 4 });
  expect(await alias()).toMatchObject({ code: 2, err: expect.stringContaining("models alias penguins champion latest") });
  expect(await alias("--delete")).toMatchObject({ code: 0, out: "penguins has no champion any more\n" });
  expect(asked).toEqual(["champion"]);
});

test("a model is tagged, and a version of it", async () => {
  expect(await runCli(["models", "tag", "penguins", "--add", "vision", "--remove", "old"], { env })).toMatchObject({
    ...{ code: 0, out: "penguins is tagged vision\n" },
  });
  expect(await runCli(["models", "tag", "penguins", "@champion", "--add", "audited", "--add", "eu"], { env })).toMatchObject({
    ...{ code: 0, out: "penguins @champion is tagged audited, eu\n" },
  });
  expect(asked).toEqual([
    [["id of penguins"], ["vision"], ["old"]],
    [["id of @champion"], ["audited", "eu"]],
  ]);
});

test("a version is moved to a stage, with a reason", async () => {
  const stage = (...more: string[]) => runCli(["models", "stage", "penguins", "@champion", ...more], { env });
  expect(await stage("staging")).toMatchObject({ code: 0, out: "version 7 of penguins stands at staging\n" });
  expect(await stage("none", "--force", "--reason", "old")).toMatchObject({
    ...{ code: 0, out: "version 7 of penguins stands at none; the one before is archived\n" },
  });
  expect(await stage("live")).toMatchObject({ code: 2, err: expect.stringContaining("none, staging, production, archived") });
  expect(asked).toEqual([
    ["id of @champion", 1, false, ""],
    ["id of @champion", 0, true, "old"],
  ]);
});

test("a promotion is asked for, listed, approved, rejected and withdrawn", async () => {
  const models = (...words: string[]) => runCli(["models", ...words], { env });
  const what = "the promotion of version 7 of penguins to production";
  expect(await models("promote", "penguins", "7", "production", "--reason", "better")).toMatchObject({
    ...{ code: 0, out: `${what} waits for 1 approval\n` },
  });
  expect(await models("promotions", "--filter", "state = pending")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/penguins +7 +production +pending +1 of 2 +ada +better\n$/),
  });
  expect(await models("approve", "penguins", "7", "--comment", "yes")).toMatchObject({
    ...{ code: 0, out: `${what} is approved; npx signalbox models stage penguins 7 production moves it\n` },
  });
  expect(await models("reject", "penguins", "7", "--to", "production")).toMatchObject({ code: 0, out: `${what} is rejected\n` });
  expect(await models("withdraw", "penguins", "7")).toMatchObject({ code: 0, out: `${what} is withdrawn\n` });
  expect(await models("approve", "penguins", "8")).toMatchObject({ code: 2, err: expect.stringContaining("nobody asks that version 7") });
  expect(await models("withdraw", "penguins", "8", "--to", "@champion")).toMatchObject({ code: 2 });
  const open = "model_version = id of 7 AND state = (pending OR approved)";
  expect(asked).toEqual([
    ["id of 7", 2, false, "better"],
    ["demo", "", "state = pending"],
    ["", "", open],
    ["p", true, "yes"],
    ["", "", `${open} AND stage = production`],
    ["p", false, ""],
    ["", "", open],
    ["", "", open.replace("7", "8")],
    ["", "", `${open.replace("7", "8")} AND alias = "champion"`],
  ]);
});

test("the rule of a model is shown and set", async () => {
  const rule = (...more: string[]) => runCli(["models", "rule", "penguins", ...more], { env });
  expect(await rule()).toMatchObject({ code: 0, out: "versions of penguins move without approval\n" });
  expect(await rule("--approvals", "2", "--to", "production")).toMatchObject({
    ...{ code: 0, out: "versions of penguins move to production with 2 approvals\n" },
  });
  expect(await rule("--to", "production")).toMatchObject({ code: 2 });
  expect(await rule("--approvals", "1", "--to", "@champion", "--to", "staging")).toMatchObject({
    ...{ code: 0, out: "versions of penguins move to staging, @champion with 1 approval\n" },
  });
  expect(asked).toEqual([
    [2, [2], ["promotion_rule"]],
    [1, [1], ["promotion_rule"]],
  ]);
});

test("the runs, the data and the code behind a version are two tables", async () => {
  const { code, out } = await runCli(["models", "origins", "penguins", "7"], { env });
  expect([code, asked]).toEqual([0, [["id of 7", 50]]]);
  expect(out).toMatch(/^version 7 of penguins comes from\n/);
  expect(out).toMatch(/brisk-otter +penguins +completed .*c0ffee012345\n/);
  expect(out).toMatch(/weights:3 +train of brisk-otter +file:\/\/\/w\n/);
});

test("the history of a model is a table", async () => {
  expect(await runCli(["models", "history", "penguins", "--filter", "to = production"], { env })).toMatchObject({
    code: 0,
    out: "WHEN   VERSION   FROM      TO           FORCED   BY    REASON\n       7         staging   production   yes      ada   demo penguins to = production\n",
  });
  expect(await runCli(["models", "history", "penguins", "@champion", "--filter", "to = production"], { env })).toMatchObject({
    ...{ code: 0, out: expect.stringContaining("demo penguins model_version = id of @champion AND (to = production)") },
  });
});

test("metadata is added to a version, and all that was is listed", async () => {
  const log = ["models", "log", "penguins", "@champion", "--set", "accuracy=0.97", "--set", "holdout=Torgersen"];
  expect(await runCli(log, { env })).toMatchObject({ code: 0, out: "logged of version 7 of penguins\n" });
  expect(asked).toEqual([[["id of @champion"], ["accuracy", 0.97], ["holdout", "Torgersen"]]]);
  expect(await runCli(["models", "facts", "penguins"], { env })).toMatchObject({
    code: 0,
    out: expect.stringMatching(/accuracy +0.97 +ada/),
  });
});

test("the card of a version is Markdown of both, and obeyed by no terminal", async () => {
  const { code, out } = await runCli(["models", "card", "penguins", "7"], { env });
  expect([code, out]).toEqual([
    0,
    [
      ...["# penguins 7", "", "@champion · licence: MIT", "", "## Measured", "", "well", ""],
      ...["## What it is not good for", "", "adults", "only \\u001b[31m", ""],
      ...["## Facts", "", "| fact | value |", "| --- | --- |", "| a\\|b | 0.5 |", ""],
    ].join("\n"),
  ]);
  expect(await runCli(["models", "card", "unborn"], { env })).toMatchObject({ code: 0, out: expect.stringMatching(/^# unborn\n/) });
  expect(await runCli(["models", "card", "unborn", "3"], { env })).toMatchObject({ code: 4 });
  expect(JSON.parse((await runCli(["models", "card", "penguins", "--json"], { env })).out)).toMatchObject({ modelVersion: { number: 7 } });
});

test("what is told of a model and of a version is written, and no more", async () => {
  const file = join(env.XDG_CONFIG_HOME ?? "", "card.md");
  await writeFile(file, "# mine");
  const describe = (...more: string[]) => runCli(["models", "describe", "penguins", ...more], { env });
  expect(await describe("7", "--limitations", "", "--trade-offs", "size", "--card", file)).toMatchObject({
    ...{ code: 0, out: "penguins is described\n" },
  });
  expect(asked).toEqual([
    ["", "size", ["limitations", "trade_offs"]],
    ["id of 7", "# mine", ["card"]],
  ]);
  expect(await describe()).toMatchObject({ code: 2 });
  expect(await describe("--card", file)).toMatchObject({ code: 2, err: expect.stringContaining("the version is missing") });
});

test("artifacts and runs are linked to a version, and taken off", async () => {
  const models = (verb: string, ...more: string[]) => runCli(["models", verb, "penguins", "@champion", ...more], { env });
  const id = "0192a5d4-7c1e-7000-8000-000000000001";
  expect(await models("link", "--artifact", `a=b=${id}`, "--kind", "data", "--run", "brisk-otter")).toMatchObject({
    ...{ code: 0, out: "2 links to penguins @champion\n" },
  });
  expect(await models("link")).toMatchObject({ code: 2 });
  expect(await models("link", "--artifact", "weights")).toMatchObject({ code: 2, err: expect.stringContaining("--artifact weights=<id>") });
  expect(await models("link", "--run", "x", "--kind", "cat")).toMatchObject({
    code: 2,
    err: expect.stringContaining("data, model, service"),
  });
  expect(await models("unlink", "--artifact", "weights")).toMatchObject({ code: 0, out: "2 links taken off penguins @champion\n" });
  expect(await models("unlink", "--all")).toMatchObject({ code: 0, out: "3 links taken off penguins @champion\n" });
  expect(await models("unlink")).toMatchObject({ code: 2 });
  expect((await models("links")).out).toMatch(/^of id of @champion +data +v/m);
  expect(asked).toEqual([["id of @champion", ["a=b", id, 1]], ["id of brisk-otter"], [["weights"], false], [[], true]]);
});
