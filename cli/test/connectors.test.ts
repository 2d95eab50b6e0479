import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;

const aws = {
  ...{ type: "aws", name: "Amazon Web Services", description: "An account of AWS." },
  methods: [{ method: "iam-role", description: "Assumes a role.", issues: true, schema: { text: '{"type":"object"}' } }],
  resourceTypes: [{ type: "s3-bucket", description: "A bucket.", methods: ["iam-role"] }],
};

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ConnectorService, {
      listConnectorTypes: async () => ({ types: [aws] }),
      getConnectorType: async () => ({ type: aws }),
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
