import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let asked: unknown[] = [];

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ModelService, {
      getModel: async ({ model }) => ({ model: { id: `id of ${model}`, name: model } }),
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
    service(ModelVersionService, {
      findModelVersion: async ({ version }) => ({ modelVersion: { id: `id of ${version}` } }),
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
