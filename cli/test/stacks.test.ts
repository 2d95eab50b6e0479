import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  SettingsService,
  type UpdatePreferencesRequest,
  type UpdateSettingsRequest,
} from "@signalbox/gen/signalbox/registry/v1/settings_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import {
  ComponentService,
  type CreateComponentRequest,
  type CreateStackRequest,
  StackService,
  type UpdateComponentRequest,
  type UpdateStackRequest,
} from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { id } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let created: CreateComponentRequest | undefined;
let changed: UpdateComponentRequest | undefined;
let stacked: CreateStackRequest | undefined;
let restacked: UpdateStackRequest | undefined;
let set: UpdateSettingsRequest | undefined;
let chosen: UpdatePreferencesRequest | undefined;

const { ORCHESTRATOR, ARTIFACT_STORE, ALERTER } = ComponentType;
const s3 = {
  ...{ id: id(41), name: "s3", type: ARTIFACT_STORE, flavor: "s3", etag: "r4", connector: id(50), connectorResource: "s3://models" },
  ...{ configuration: { text: '{"path":"s3://models","retries":3}' }, labels: { region: "us" }, environment: { AWS_REGION: "us-east-1" } },
};
const parts = [{ id: id(40), name: "vertex", type: ORCHESTRATOR, flavor: "vertex" }, s3];

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ComponentService, {
      getComponent: async ({ component }) => ({ component: parts.find(({ name }) => name === component) ?? { id: component } }),
      listComponents: async ({ filter }) => ({
        components: filter === 'type = ALERTER AND name = "slack"' ? [{ id: id(42), name: "slack", type: ALERTER }] : filter ? [] : parts,
      }),
      batchGetComponents: async () => ({ components: parts }),
      createComponent: async (request) => {
        created = request;
        return { component: { name: request.name } };
      },
      updateComponent: async (request) => {
        changed = request;
        return { component: { name: "s3" } };
      },
      deleteComponent: async () => ({}),
    });
    service(StackService, {
      listStacks: async () => ({ stacks: [{ name: "prod", components: [id(40), id(41)] }] }),
      getStack: async ({ stack }) => ({
        stack: {
          id: id(45),
          name: stack,
          description: "what serves",
          etag: "r2",
          components: [id(40), id(41), id(42)],
          labels: { tier: "1" },
        },
      }),
      createStack: async (request) => {
        stacked = request;
        return { stack: { name: request.name } };
      },
      updateStack: async (request) => {
        restacked = request;
        return { stack: { name: "prod" } };
      },
      deleteStack: async () => ({}),
    });
    service(SettingsService, {
      getSettings: async () => ({ settings: { displayName: "Vision lab", announcements: true } }),
      updateSettings: async (request) => {
        set = request;
        return { settings: {} };
      },
      updatePreferences: async (request) => {
        chosen = request;
        return { preferences: { defaultProject: id(2) } };
      },
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test" };
});
afterAll(() => server.close());

const run = (...args: string[]) => runCli(args, { env });

test("components are listed and shown", async () => {
  const { out } = await run("components", "list");
  expect(out).toMatch(/TYPE {2,}NAME {2,}FLAVOR {2,}RESOURCE/);
  expect(out).toMatch(/artifact_store {2,}s3 {2,}s3 {2,}s3:\/\/models/);
  const shown = await run("components", "show", "s3");
  expect(shown.out.split("\n")).toEqual([
    "s3: artifact_store of the flavor s3",
    `  connector ${id(50)}, s3://models`,
    "  label region=us",
    "  variable AWS_REGION=us-east-1",
    '{"path":"s3://models","retries":3}',
    "",
  ]);
});

test("a component is configured by a file and by single values, which are JSON where they are that", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "signalbox-")), "s3.json");
  await writeFile(file, '{ "path": "s3://old", "tls": true }\n');
  const named = ["components", "create", "artifact-store", "s3", "--flavor", "s3"];
  await run(...named, "--config", file);
  expect(created?.configuration?.text).toBe('{ "path": "s3://old", "tls": true }\n');
  const { out } = await run(
    ...named,
    "--config",
    file,
    "--set",
    "path=s3://a=b",
    "--set",
    "retries=3",
    "--label",
    "team=core",
    "--env",
    "A=",
  );
  expect(out).toBe("component s3 created\n");
  expect(created).toMatchObject({ type: ARTIFACT_STORE, name: "s3", flavor: "s3", labels: { team: "core" }, environment: { A: "" } });
  expect(JSON.parse(created?.configuration?.text ?? "")).toEqual({ path: "s3://a=b", tls: true, retries: 3 });
  await run(...named);
  expect(created?.configuration).toBeUndefined();
  expect((await run("components", "create", "shop", "s3", "--flavor", "s3")).code).toBe(2);
  expect((await run(...named, "--set", "path")).code).toBe(2);
});

test("a change of a component leaves what it does not name, and is refused where it changed since", async () => {
  await run("components", "update", "s3", "--set", "retries=5", "--unset", "path", "--label", "tier=1", "--remove-label", "region");
  expect(changed).toMatchObject({ component: id(41), etag: "r4", labels: { tier: "1" } });
  expect(changed?.updateMask?.paths.toSorted()).toEqual(["configuration", "labels"]);
  expect(JSON.parse(changed?.configuration?.text ?? "")).toEqual({ retries: 5 });
  await run("components", "update", "s3", "--resource", "s3://eu", "--name", "s3-eu");
  expect(changed).toMatchObject({ name: "s3-eu", connectorResource: "s3://eu" });
  expect(changed?.updateMask?.paths.toSorted()).toEqual(["connector_resource", "name"]);
  expect((await run("components", "update", "s3")).code).toBe(2);
  expect((await run("components", "delete", "alerter/slack")).out).toBe("component alerter/slack deleted\n");
});

test("a stack is made of components by name, or by type and name", async () => {
  const args = ["--component", "vertex", "--component", "s3", "--component", "alerter/slack", "--description", "what serves"];
  expect((await run("stacks", "create", "prod", ...args)).out).toBe("stack prod created\n");
  expect(stacked).toMatchObject({ name: "prod", components: [id(40), id(41), id(42)], description: "what serves" });
  expect((await run("stacks", "create", "prod", "--component", "alerter/pager")).code).toBe(4);
  expect((await run("stacks", "list")).out).toMatch(/prod {2,}2/);
  const { out } = await run("stacks", "show", "prod");
  expect(out).toMatch(/^prod: what serves\n {2}label tier=1\nTYPE/);
  expect(out).toContain("and 1 that you may not see");
});

test("a stack gets and loses components, in the order that they had", async () => {
  await run("stacks", "update", "prod", "--remove", "s3", "--add", id(44), "--add", "vertex");
  expect(restacked).toMatchObject({ stack: id(45), etag: "r2", components: [id(40), id(42), id(44)] });
  expect(restacked?.updateMask?.paths).toEqual(["components"]);
  expect((await run("stacks", "update", "prod", "--remove", id(49))).err).toContain("the stack has no component");
  expect((await run("stacks", "delete", "prod")).out).toBe("stack prod deleted\n");
});

test("settings of the workspace are shown and changed, and a project is chosen", async () => {
  expect((await run("settings", "show")).out).toBe("Vision lab\n  announcements  yes\n  updates        no\n");
  await run("settings", "set", "--display-name", "", "--updates", "yes");
  expect(set).toMatchObject({ displayName: "", updates: true });
  expect(set?.updateMask?.paths).toEqual(["display_name", "updates"]);
  expect((await run("settings", "set")).code).toBe(2);
  expect((await run("settings", "project", "demo")).out).toBe("the project is demo\n");
  expect(chosen).toMatchObject({ defaultProject: "demo" });
  expect((await run("settings", "project")).out).toBe("no project is chosen\n");
});
