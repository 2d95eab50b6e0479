import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aConnector, aRole, awsConnector, awsSecret } from "./connectors.ts";
import { aName, auditOf, dumpOf, type Plane, plane, type Replica, spellings, testClock } from "./fixtures.ts";
import { type StsServer, stsServer } from "./sts-server.ts";

const canary = "record-canary-0123456789";
const secretKey = { type: "aws", method: "secret-key" };
const config = (settings: object) => ({ text: JSON.stringify(settings) });
const keyed = { region: "eu-central-1", aws_access_key_id: "AKIATEST" };

describe.each(dialects)("connectors with a type on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  let sts: StsServer;
  beforeAll(async () => {
    it = await plane(dialect);
    const clock = testClock();
    part = await it.replica({ clock });
    sts = await stsServer({ keys: { AKIATEST: awsSecret }, clock });
  });
  afterAll(async () => {
    await it?.close();
    await sts?.close();
  });

  const secretsOf = (connector: string, of: Pick<Replica, "connectors"> = part) => of.connectors.readConnectorSecrets({ connector });
  const change = async (connector: string, request: object) => (await part.connectors.updateConnector({ connector, ...request })).connector;

  test("are kept as they were given: the settings byte for byte, the secrets sealed", async () => {
    const text =
      '{ "region": "eu-central-1", "zeta": null, "1": 12345678901234567890, "aws_access_key_id": "AKIATEST",\n"nested": {"b": 1.0} }';
    const connector = await aConnector(part, {
      ...secretKey,
      ...{ resourceTypes: ["s3-bucket"], resource: "s3://lake", manyResources: true, expireSkewSeconds: 0, labels: { team: "ml" } },
      expireTime: timestampFromMs(Date.UTC(2030, 0, 1)),
      configuration: { text },
      secrets: { aws_secret_access_key: canary },
    });
    expect(connector).toMatchObject({
      ...{ type: "aws", method: "secret-key", resourceTypes: ["s3-bucket"], resource: "s3://lake", manyResources: true },
      ...{ expireSkewSeconds: 0, configuration: { text }, secretKeys: ["aws_secret_access_key"], lifetimeSeconds: 0, version: 1 },
      expireTime: timestampFromMs(Date.UTC(2030, 0, 1)),
    });
    expect(connector.awsRole).toBeUndefined();
    expect((await part.connectors.getConnector({ connector: connector.name })).connector).toEqual(connector);
    expect((await part.connectors.listConnectors({ filter: `id = ${connector.id}` })).connectors).toEqual([connector]);
    expect((await secretsOf(connector.id)).secrets).toEqual({ aws_secret_access_key: canary });
    const dump = await dumpOf(it);
    for (const spelling of spellings(canary)) expect(dump).not.toContain(spelling);
  });

  test("have a secret that came with the settings sealed, and nothing of it in clear", async () => {
    const moved = "moved-canary-0123456789";
    const text = `{"registry": "ghcr.io", "username": "ada", "password": "${moved}", "extra": [1, 2]}`;
    const connector = await aConnector(part, { type: "docker", method: "password", configuration: { text } });
    expect(connector).toMatchObject({ secretKeys: ["password"], resourceTypes: ["docker-registry"] });
    expect(connector.configuration?.text).toBe('{"registry": "ghcr.io", "username": "ada", "extra": [1, 2]}');
    expect((await secretsOf(connector.id)).secrets).toEqual({ password: moved });
    const dump = await dumpOf(it);
    for (const spelling of spellings(moved)) expect(dump).not.toContain(spelling);
  });

  test("are sealed whole where their type is not known", async () => {
    const unknown = "unknown-canary-0123456789";
    const text = `{"host": "db.example.com",  "dsn": "${unknown}"}`;
    const connector = await aConnector(part, {
      ...{ type: "postgres", method: "dsn", resourceTypes: ["database"], lifetimeSeconds: 60 },
      configuration: { text },
      secrets: { password: canary },
    });
    expect(connector).toMatchObject({ resourceTypes: ["database"], secretKeys: ["dsn", "host", "password"], lifetimeSeconds: 60 });
    expect(connector.configuration).toBeUndefined();
    expect(await secretsOf(connector.id)).toMatchObject({ secrets: { password: canary }, configuration: { text } });
    const dump = await dumpOf(it);
    for (const spelling of spellings(unknown)) expect(dump).not.toContain(spelling);
    expect(await change(connector.id, { description: "the lake" })).toMatchObject({ secretKeys: ["dsn", "host", "password"] });
    expect(await secretsOf(connector.id)).toMatchObject({ secrets: { password: canary }, configuration: { text } });
  });

  test("have sealed what any method of their type calls secret, however often it is written", async () => {
    const stray = "stray-canary-0123456789";
    const text = `{"region": "eu-central-1", "aws_secret_access_key": "${stray}"}`;
    const implicit = await aConnector(part, { type: "aws", method: "implicit", configuration: { text } });
    expect(implicit).toMatchObject({ configuration: { text: '{"region": "eu-central-1"}' }, secretKeys: ["aws_secret_access_key"] });
    const twice = `{"username": "ada", "password": "${stray}", "password": null}`;
    const docker = await aConnector(part, {
      type: "docker",
      method: "password",
      configuration: { text: twice },
      secrets: { password: "x" },
    });
    expect(docker.configuration).toMatchObject({ text: '{"username": "ada"}' });
    const dump = await dumpOf(it);
    for (const spelling of spellings(stray)) expect(dump).not.toContain(spelling);
    const object = { type: "gcp", method: "implicit", configuration: config({ service_account_json: { private_key: "x" } }) };
    await expect(aConnector(part, object)).rejects.toMatchObject({ violations: [{ field: "configuration.text" }] });
  });

  test("keep sealed what was sealed when their type becomes one that is known", async () => {
    const text = `{"username": "ada", "password": "${canary}", "note": "${canary}"}`;
    const { id } = await aConnector(part, { type: "registry", method: "password", configuration: { text } });
    await expect(change(id, { type: "docker" })).rejects.toMatchObject({ violations: [{ field: "configuration" }] });
    const given = await change(id, { type: "docker", configuration: config({ username: "ada", password: "y" }) });
    expect(given).toMatchObject({ type: "docker", configuration: config({ username: "ada" }), secretKeys: ["password"] });
  });

  test("have their secret given again where it would be sent elsewhere", async () => {
    const settings = (host: string) => config({ token_url: `https://${host}/token`, client_id: "a" });
    const oauth = { type: "oauth2", method: "client-credentials", configuration: settings("id.example.com") };
    const { id } = await aConnector(part, { ...oauth, secrets: { client_secret: "x" } });
    const elsewhere = { configuration: settings("other.example.com") };
    await expect(change(id, elsewhere)).rejects.toMatchObject({ violations: [{ field: 'secrets["client_secret"]' }] });
    expect(await change(id, { ...elsewhere, secrets: { client_secret: "x" } })).toMatchObject(elsewhere);
  });

  const secrets = { aws_secret_access_key: "x" };
  test.each([
    ["a method that its type has not", { type: "aws", method: "password" }, "method"],
    ["no method", { type: "aws" }, "method"],
    ["a type beside a role", { ...secretKey, awsRole: aRole("https://sts.example.com/") }, "type"],
    ["a type and the secret of a role", { ...secretKey, configuration: config(keyed), secrets, secret: "x" }, "secret"],
    ["a role with the settings of a type", { awsRole: aRole("https://sts.example.com/"), secret: "x", method: "iam-role" }, "method"],
    ["a role with secrets by name", { awsRole: aRole("https://sts.example.com/"), secret: "x", secrets }, "secrets"],
    [
      "a resource type of another method",
      { type: "azure", method: "access-token", resourceTypes: ["blob-container"] },
      "resource_types[0]",
    ],
    ["settings that are no object", { ...secretKey, configuration: { text: "[1]" } }, "configuration.text"],
    ["settings that are no JSON", { ...secretKey, configuration: { text: "{" } }, "configuration.text"],
    ["settings that its schema refuses", { ...secretKey, configuration: config({ ...keyed, region: 7 }), secrets }, "configuration.text"],
    ["no secret that it needs", { ...secretKey, configuration: config(keyed) }, "configuration.text"],
    [
      "a secret that is no text",
      { type: "docker", method: "password", configuration: config({ username: "a", password: 7 }) },
      "configuration.text",
    ],
    ["a secret twice", { ...secretKey, configuration: config({ ...keyed, ...secrets }), secrets }, 'secrets["aws_secret_access_key"]'],
    ["a secret with a bad name", { type: "abacus", secrets: { " x": "y" } }, "secrets"],
    [
      "a lifetime that its method has not",
      { type: "aws", method: "iam-role", lifetimeSeconds: 60, ...role("https://sts.example.com/") },
      "lifetime_seconds",
    ],
    [
      "a role with a lifetime of a second",
      { awsRole: aRole("https://sts.example.com/"), secret: "x", lifetimeSeconds: 1 },
      "lifetime_seconds",
    ],
    [
      "an address that secrets are not sent to",
      { type: "aws", method: "iam-role", ...role("http://sts.example.com/") },
      "configuration.text",
    ],
    ["a region that is a host", { type: "aws", method: "iam-role", ...role("", { region: "x.example.com/" }) }, "configuration.text"],
  ])("cannot have %s", async (_, request, field) => {
    const asked = aConnector(part, "type" in request && request.type === "azure" ? { ...request, secrets: { token: "x" } } : request);
    await expect(asked).rejects.toMatchObject({ reason: Reason.FIELD_INVALID, violations: [{ field }] });
  });

  test("say nothing of a value that is refused", async () => {
    const asked = aConnector(part, { type: "docker", method: "password", configuration: config({ username: 7, password: canary }) });
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining(canary) });
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining("at /username, it must be string") });
  });

  test("change field by field, and what changes nothing counts as nothing", async () => {
    const { id } = await aConnector(part, { ...secretKey, configuration: config(keyed), secrets: { aws_secret_access_key: canary } });
    expect(await change(id, { secrets: { aws_secret_access_key: canary }, etag: "r7" })).toMatchObject({ version: 1 });
    expect(await change(id, { secrets: { aws_secret_access_key: "other" } })).toMatchObject({ version: 2 });
    expect((await secretsOf(id)).secrets).toEqual({ aws_secret_access_key: "other" });
    const session = { method: "sts-token", secrets: { aws_session_token: "session" } };
    expect(await change(id, session)).toMatchObject({
      version: 3,
      method: "sts-token",
      secretKeys: ["aws_secret_access_key", "aws_session_token"],
    });
    await expect(change(id, { removeSecrets: ["aws_session_token"] })).rejects.toMatchObject({
      violations: [{ field: "configuration.text" }],
    });
    expect(await change(id, { method: "secret-key", removeSecrets: ["aws_session_token"] })).toMatchObject({
      version: 4,
      secretKeys: ["aws_secret_access_key"],
    });
    const whole = { configuration: config({ ...keyed, region: "us-east-1", aws_secret_access_key: "third" }), replaceSecrets: true };
    expect(await change(id, whole)).toMatchObject({
      version: 5,
      configuration: config({ region: "us-east-1", aws_access_key_id: "AKIATEST" }),
    });
    expect((await secretsOf(id)).secrets).toEqual({ aws_secret_access_key: "third" });
    const paths = ["expire_time", "expire_skew_seconds", "resource", "many_resources", "resource_types"];
    await change(id, {
      expireTime: timestampFromMs(1e12),
      expireSkewSeconds: 5,
      resource: "s3://a",
      manyResources: true,
      resourceTypes: ["s3-bucket"],
    });
    const cleared = await change(id, { updateMask: { paths } });
    expect(cleared).toMatchObject({ resource: "", manyResources: false });
    expect(cleared?.expireTime ?? cleared?.expireSkewSeconds).toBeUndefined();
    expect(cleared?.resourceTypes).toHaveLength(4);
  });

  test("stay of a type, and what has settings of its own stays without", async () => {
    const { id } = await aConnector(part, { ...secretKey, configuration: config(keyed), secrets });
    const refused = (request: object, field: string, of = id) =>
      expect(change(of, request)).rejects.toMatchObject({ reason: Reason.FIELD_INVALID, violations: [{ field }] });
    await refused({ awsRole: aRole("https://sts.example.com/") }, "aws_role");
    await refused({ secret: "x" }, "secret");
    await refused({ updateMask: { paths: ["type"] } }, "type");
    await refused({ secrets: { a: "b" }, removeSecrets: ["a"] }, "remove_secrets[0]");
    await refused({ secrets: { a: "b" }, removeSecrets: ["c"], replaceSecrets: true }, "remove_secrets");
    await refused({ description: "x", replaceSecrets: true, updateMask: { paths: ["description"] } }, "replace_secrets");
    const typed = await awsConnector(part, "https://sts.example.com/");
    await refused({ secrets: { a: "b" } }, "secrets", typed.id);
    await refused({ type: "aws" }, "type", typed.id);
    await refused({ replaceSecrets: true }, "replace_secrets", typed.id);
  });

  test("are read by whoever may read their values, each time on record", async () => {
    const { id } = await aConnector(part, { ...secretKey, configuration: config(keyed), secrets: { aws_secret_access_key: canary } });
    const admin = part.as(it.world.admin);
    expect((await secretsOf(id, admin)).secrets).toEqual({ aws_secret_access_key: canary });
    const { connectors } = part.as(it.world.viewer);
    await expect(connectors.readConnectorSecrets({ connector: id })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    const others = (await admin.connectors.createConnector({ name: aName(), ...secretKey, configuration: config(keyed), secrets }))
      .connector;
    await expect(secretsOf(others?.id ?? "")).rejects.toMatchObject({ reason: Reason.PERMISSION_MISSING });
    const read = (await auditOf(it, "ReadConnectorSecrets")).filter(({ subject, reason }) => subject === id && reason === "");
    expect(read.map(({ principal }) => principal?.id)).toEqual([it.world.admin]);
    const typed = await awsConnector(part, "https://sts.example.com/");
    await expect(secretsOf(typed.id)).rejects.toMatchObject({ reason: Reason.LONG_LIVED_REFUSED });
    const refused = (await auditOf(it, "ReadConnectorSecrets")).filter(({ subject }) => subject === typed.id);
    expect(refused.filter(({ reason }) => reason === "")).toEqual([]);
  });

  test("issue nothing where they only keep what they have, and say what to do instead", async () => {
    const { id } = await aConnector(part, { ...secretKey, configuration: config(keyed), secrets });
    const refusal = { reason: Reason.LONG_LIVED_REFUSED, metadata: { type: "aws", method: "secret-key" } };
    const issued = part.connectors.issueCredential({ connector: id });
    await expect(issued).rejects.toMatchObject({ ...refusal, message: expect.stringContaining("ReadConnectorSecrets") });
    expect((await part.connectors.listLeases({ connector: id })).leases).toEqual([]);
  });

  test("issue as aws_role does where they are of that method", async () => {
    const record = { type: "aws", method: "iam-role", ...role(sts.url), resource: "s3://data", resourceTypes: ["s3-bucket"] };
    const { id } = await aConnector(part, record);
    const { aws } = await part.connectors.issueCredential({ connector: id, resource: "s3://data/train" });
    expect(aws?.sessionToken).not.toBe("");
    await expect(part.connectors.issueCredential({ connector: id, resource: "s3://other" })).rejects.toMatchObject({
      reason: Reason.RESOURCE_NOT_COVERED,
    });
    await change(id, { secrets: { aws_secret_access_key: "wrong" } });
    await expect(part.connectors.issueCredential({ connector: id })).rejects.toMatchObject({ reason: Reason.PROVIDER_REFUSED });
    const bounded = await aConnector(part, { type: "aws", method: "iam-role", ...role(sts.url, { policy: "{}" }) });
    await expect(part.connectors.issueCredential({ connector: bounded.id })).rejects.toMatchObject({ reason: Reason.LONG_LIVED_REFUSED });
  });
});

function role(endpoint: string, over: object = {}) {
  const settings = {
    role_arn: "arn:aws:iam::123456789012:role/data",
    ...keyed,
    ...(endpoint !== "" && { endpoint_url: endpoint }),
    ...over,
  };
  return { configuration: config(settings), secrets: { aws_secret_access_key: awsSecret } };
}
