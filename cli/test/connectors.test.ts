import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ConnectorService,
  type CreateConnectorRequest,
  type UpdateConnectorRequest,
  Verification,
} from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: { XDG_CONFIG_HOME: string } & Record<string, string>;
let created: CreateConnectorRequest | undefined;
let updated: UpdateConnectorRequest | undefined;

const aws = {
  ...{ type: "aws", name: "Amazon Web Services", description: "An account of AWS." },
  methods: [{ method: "iam-role", description: "Assumes a role.", issues: true, schema: { text: '{"type":"object"}' } }],
  resourceTypes: [{ type: "s3-bucket", description: "A bucket.", methods: ["iam-role"] }],
};

const lake = {
  ...{ id: "0192a5d4-0000-7000-8000-000000000001", name: "lake", type: "aws", method: "secret-key", etag: "r3" },
  ...{ resource: "s3://lake", secretKeys: ["aws_secret_access_key"], labels: { team: "ml" } },
  configuration: { text: '{"region": "eu-central-1", "old": 1}' },
};

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ConnectorService, {
      listConnectorTypes: async () => ({ types: [aws] }),
      getConnectorType: async () => ({ type: aws }),
      listConnectors: async () => ({ connectors: [lake] }),
      getConnector: async () => ({ connector: lake }),
      createConnector: async (request) => {
        created = request;
        return { connector: { name: request.name } };
      },
      updateConnector: async (request) => {
        updated = request;
        return { connector: lake };
      },
      readConnectorSecrets: async () => ({ secrets: { dsn: "sealed" }, configuration: { text: '{"host": "db"}' } }),
      deleteConnector: async () => ({}),
      verifyConnector: async ({ resource }) => ({
        verification: Verification.TRIED,
        identity: `arn of ${resource}`,
        expired: true,
        resources: [
          { type: "s3-bucket", resources: ["s3://lake"] },
          { type: "kubernetes-cluster", error: "not listed" },
        ],
      }),
      verifyNewConnector: async () => ({ verification: Verification.SETTINGS }),
      listConnectorResources: async ({ filter }) => ({
        connectors: [{ name: "lake", type: filter, resources: [{ type: "s3-bucket", resources: ["s3://lake"] }] }],
      }),
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbp_test" };
});
afterAll(() => server.close());

const cli = (...args: string[]) => runCli(["connectors", ...args], { env });

test("the types of connectors are a table, one of them tells its methods and resources, and a method its settings", async () => {
  expect((await cli("types")).out).toBe(
    "TYPE   NAME                  METHODS    RESOURCES\naws    Amazon Web Services   iam-role   s3-bucket\n",
  );
  expect(JSON.parse((await cli("types", "--json")).out)).toHaveLength(1);
  expect((await cli("types", "aws")).out).toBe(
    [
      "An account of AWS.",
      "",
      "METHOD     ISSUED HERE   WHAT IT DOES",
      "iam-role   yes           Assumes a role.",
      "",
      "RESOURCE    WHAT IT IS   METHODS",
      "s3-bucket   A bucket.    iam-role",
      "",
    ].join("\n"),
  );
  expect((await cli("types", "aws", "iam-role")).out).toBe('{\n  "type": "object"\n}\n');
  expect(await cli("types", "aws", "password")).toMatchObject({ code: 2, err: expect.stringContaining("iam-role") });
});

test("connectors are listed and shown without their secrets, which are read apart", async () => {
  expect((await cli("list")).out).toBe("NAME   TYPE   METHOD       RESOURCES   BY   DESCRIPTION\nlake   aws    secret-key   s3://lake\n");
  expect((await cli("show", "lake")).out).toBe(
    'lake: aws, secret-key\n  resources s3://lake\n  sealed aws_secret_access_key\n  label team=ml\n{"region": "eu-central-1", "old": 1}\n',
  );
  expect(JSON.parse((await cli("secrets", "lake")).out)).toEqual({ host: "db", dsn: "sealed" });
  expect((await cli("delete", "lake")).out).toBe("connector lake deleted\n");
});

test("a connector is created with secrets from variables, files and standard input", async () => {
  const file = join(env.XDG_CONFIG_HOME, "secret");
  await writeFile(file, "from a file\n");
  const line = [
    ...["connectors", "create", "lake", "--type", "aws", "--method", "sts-token", "--set", "region=eu-central-1", "--label", "team=ml"],
    ...["--resource-type", "s3-bucket", "--resource", "s3://lake", "--lifetime", "900", "--expires", "1d"],
    ...["--secret-env", "a=AWS_KEY", "--secret-file", `b=${file}`, "--secret-stdin", "c"],
  ];
  const made = await runCli(line, { env: { ...env, AWS_KEY: "from a variable" }, stdin: "from standard input\n" });
  expect(made).toMatchObject({ code: 0, out: "connector lake created\n" });
  expect(created).toMatchObject({
    ...{ name: "lake", type: "aws", method: "sts-token", resourceTypes: ["s3-bucket"], resource: "s3://lake", lifetimeSeconds: 900 },
    secrets: { a: "from a variable", b: "from a file", c: "from standard input" },
    labels: { team: "ml" },
  });
  expect(JSON.parse(created?.configuration?.text ?? "")).toEqual({ region: "eu-central-1" });
  expect(await runCli(line, { env })).toMatchObject({ code: 2, err: expect.stringContaining("AWS_KEY is not set") });
  expect(await cli("create", "lake", "--type", "x", "--secret-stdin", "c")).toMatchObject({ code: 2 });
});

test("an update changes what it names, of the settings what it sets", async () => {
  expect((await cli("update", "lake", "--set", "region=us-east-1", "--unset", "old", "--remove-secret", "x")).out).toBe(
    "connector lake changed\n",
  );
  expect(updated).toMatchObject({ connector: lake.id, etag: "r3", removeSecrets: ["x"], secrets: {} });
  expect(JSON.parse(updated?.configuration?.text ?? "")).toEqual({ region: "us-east-1" });
  expect(await cli("update", "lake", "--description", "the lake")).toMatchObject({ code: 0 });
  expect(updated).toMatchObject({ connector: "lake", etag: "", description: "the lake", method: "" });
  expect(updated?.configuration).toBeUndefined();
  expect(await cli("update", "lake")).toMatchObject({ code: 2 });
});

test("a connector is tried, before it is there too, and its resources are listed", async () => {
  expect((await cli("verify", "lake", "--resource", "s3://lake")).out).toBe(
    [
      "it works: a credential was got, and forgotten",
      "  it is arn of s3://lake",
      "  what it is configured with has expired",
      "TYPE                 RESOURCES",
      "s3-bucket            s3://lake",
      "kubernetes-cluster   not listed",
      "",
    ].join("\n"),
  );
  expect(JSON.parse((await cli("verify", "lake", "--json")).out)).toMatchObject({ verification: "VERIFICATION_TRIED", expired: true });
  created = undefined;
  expect((await cli("create", "lake", "--type", "aws", "--dry-run")).out).toContain("nobody was asked");
  expect(created).toBeUndefined();
  expect((await cli("resources", "--filter", "x")).out).toBe(
    "CONNECTOR   TYPE   RESOURCE TYPES   RESOURCES\nlake        x      s3-bucket        s3://lake\n",
  );
});
