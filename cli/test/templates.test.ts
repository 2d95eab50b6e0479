import { BuildService } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import { RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { id } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(RunTemplateService, {
      getRunTemplate: async () => ({ runTemplate: { id: id(7) } }),
      tagRunTemplates: async ({ runTemplates: [first = ""], addTags }) => ({ runTemplates: [{ id: first, tags: addTags }] }),
      deleteRunTemplate: async () => ({}),
    });
    service(BuildService, {
      batchDeleteBuilds: async ({ builds: [first = "", ...others] }) => ({
        deleted: others,
        refused: [{ id: first, reason: "IN_USE", message: `the build ${first} is used` }],
      }),
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test", SIGNALBOX_PROJECT: "demo" };
});
afterAll(() => server.close());

test("a run template is tagged and deleted by its name", async () => {
  const { out } = await runCli(["templates", "tag", "nightly", "--add", "slow"], { env });
  expect(out).toBe("run template nightly is tagged slow\n");
  expect(JSON.parse((await runCli(["templates", "tag", "nightly", "--add", "slow", "--json"], { env })).out)).toMatchObject({
    id: id(7),
    tags: ["slow"],
  });
  expect((await runCli(["templates", "delete", "nightly"], { env })).out).toBe("run template nightly deleted\n");
});

test("of many builds those that are in use stay, which is told and no success", async () => {
  expect(await runCli(["builds", "delete", id(6), id(7), id(8)], { env })).toMatchObject({
    ...{ code: 5, out: `2 of 3 builds deleted\nthe build ${id(6)} is used\n`, err: expect.stringContaining("in use") },
  });
  const { out } = await runCli(["builds", "delete", id(6), id(7), "--json"], { env });
  expect(JSON.parse(out)).toMatchObject({ deleted: [id(7)], refused: [{ id: id(6), reason: "IN_USE" }] });
});
