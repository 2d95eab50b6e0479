import { randomUUID } from "node:crypto";
import { ClientAuthentication } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aClient, aConnector, aRole, awsConnector, awsSecret, oauthConnector, oauthSecret } from "./connectors.ts";
import { aName, auditOf, dumpOf, type Plane, plane, type Replica, spellings } from "./fixtures.ts";

const sts = "https://sts.example.com/";
const tokenUrl = "https://id.example.com/token";

describe.each(dialects)("connectors on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  beforeAll(async () => {
    it = await plane(dialect);
    part = await it.replica();
  });
  afterAll(() => it?.close());

  test("are kept with their settings, and their secret is in no answer and no row", async () => {
    const aws = await awsConnector(part, sts, { resources: ["s3://data"], externalId: "x" });
    expect(aws).toMatchObject({ lifetimeSeconds: 3600, version: 1, etag: "r1", awsRole: { resources: ["s3://data"], externalId: "x" } });
    expect(aws.oauthClient).toBeUndefined();
    const oauth = await oauthConnector(part, tokenUrl, { scopes: ["read"], authentication: ClientAuthentication.BODY });
    expect(oauth.oauthClient).toMatchObject({ tokenUrl, scopes: ["read"], authentication: ClientAuthentication.BODY });
    expect((await part.connectors.getConnector({ connector: oauth.name })).connector).toEqual(oauth);
    const dump = await dumpOf(it);
    for (const text of [...spellings(awsSecret), ...spellings(oauthSecret)]) expect(dump).not.toContain(text);
    expect(dump).toContain(oauth.name);
  });

  test("have a secret that SecretService does not reach", async () => {
    const connector = await awsConnector(part, sts);
    for (const secret of [connector.id, connector.name]) {
      await expect(part.secrets.readSecretValues({ secret })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    }
    expect((await part.secrets.listSecrets({})).secrets).toEqual([]);
  });

  const awsRole = aRole(sts);
  const oauthClient = aClient(tokenUrl);
  test.each([
    ["no method", { secret: "x" }, "aws_role"],
    ["two methods", { awsRole, oauthClient, secret: "x" }, "oauth_client"],
    ["no secret", { awsRole }, "secret"],
    [
      "a resource that cannot be narrowed to",
      { awsRole: aRole(sts, { resources: ["s3://data", "docker://registry"] }), secret: "x" },
      "aws_role.resources[1]",
    ],
    ["a metadata address", { oauthClient: aClient("https://169.254.169.254/token"), secret: "x" }, "oauth_client.token_url"],
    ["http to somewhere else", { oauthClient: aClient("http://id.example.com/token"), secret: "x" }, "oauth_client.token_url"],
    ["a reserved parameter", { oauthClient: aClient("https://id.example.com/token?scope=all"), secret: "x" }, "oauth_client.token_url"],
    ["two scopes in one", { oauthClient: aClient(tokenUrl, { scopes: ["read", "a b"] }), secret: "x" }, "oauth_client.scopes[1]"],
    ["http to STS", { awsRole: aRole("http://sts.example.com/"), secret: "x" }, "aws_role.endpoint"],
    ["a query to STS", { awsRole: aRole("https://sts.example.com/?Action=Other"), secret: "x" }, "aws_role.endpoint"],
  ])("cannot have %s", async (_, request, field) => {
    await expect(aConnector(part, request)).rejects.toMatchObject({ reason: Reason.FIELD_INVALID, violations: [{ field }] });
  });

  test("a repeated create has one effect", async () => {
    const request = { id: randomUUID(), name: aName(), awsRole, secret: awsSecret, labels: { a: "1", b: "2" } };
    const made = await Promise.all(Array.from({ length: 8 }, () => part.connectors.createConnector(request)));
    expect(new Set(made.map(({ connector }) => connector?.id))).toEqual(new Set([request.id]));
    const other = part.connectors.createConnector({ ...request, secret: "another" });
    await expect(other).rejects.toMatchObject({ reason: Reason.ID_REUSED });
    const named = part.connectors.createConnector({ ...request, id: randomUUID() });
    await expect(named).rejects.toMatchObject({ reason: Reason.NAME_TAKEN });
  });

  test("count their changes, and nothing that changes nothing", async () => {
    const { id } = await awsConnector(part, sts);
    const change = async (request: object) => (await part.connectors.updateConnector({ connector: id, ...request })).connector;
    expect(await change({ secret: awsSecret, awsRole, etag: "r7" })).toMatchObject({ version: 1, etag: "r1" });
    expect(await change({ secret: "another" })).toMatchObject({ version: 2 });
    expect(await change({ awsRole: aRole(sts, { region: "us-east-1" }) })).toMatchObject({ version: 3, awsRole: { region: "us-east-1" } });
    expect(await change({ labels: { team: "ml" }, lifetimeSeconds: 900 })).toMatchObject({
      version: 4,
      labels: { team: "ml" },
      lifetimeSeconds: 900,
    });
    expect(await change({ updateMask: { paths: ["labels", "lifetime_seconds"] } })).toMatchObject({
      version: 5,
      labels: {},
      lifetimeSeconds: 3600,
    });
    await expect(change({ secret: "a third", etag: "r1" })).rejects.toMatchObject({ reason: Reason.ETAG_MISMATCH });
  });

  test("keep their method", async () => {
    const { id } = await awsConnector(part, sts);
    const update = (request: object) => part.connectors.updateConnector({ connector: id, ...request });
    await expect(update({ oauthClient })).rejects.toMatchObject({ reason: Reason.FIELD_INVALID, violations: [{ field: "oauth_client" }] });
    await expect(update({ updateMask: { paths: ["aws_role"] } })).rejects.toMatchObject({ violations: [{ field: "aws_role" }] });
    await expect(update({ updateMask: { paths: ["secret"] } })).rejects.toMatchObject({ violations: [{ field: "secret" }] });
    await expect(update({ updateMask: { paths: ["version"] } })).rejects.toMatchObject({ violations: [{ field: "update_mask" }] });
    await expect(update({ awsRole: aRole("http://elsewhere.example.com/") })).rejects.toMatchObject({
      violations: [{ field: "aws_role.endpoint" }],
    });
  });

  test("have their secret given again where it would be sent elsewhere", async () => {
    const { id } = await oauthConnector(part, tokenUrl);
    const elsewhere = { connector: id, oauthClient: aClient("https://other.example.com/token") };
    await expect(part.connectors.updateConnector(elsewhere)).rejects.toMatchObject({ violations: [{ field: "secret" }] });
    const { connector } = await part.connectors.updateConnector({ ...elsewhere, secret: "again" });
    expect(connector?.oauthClient).toMatchObject({ tokenUrl: "https://other.example.com/token" });
    expect(await part.connectors.updateConnector({ connector: id, oauthClient: elsewhere.oauthClient })).toMatchObject({ connector });
  });

  test("lose no change when many come at once", async () => {
    const { id } = await awsConnector(part, sts);
    await Promise.all(Array.from({ length: 10 }, (_, i) => part.connectors.updateConnector({ connector: id, description: `change ${i}` })));
    expect((await part.connectors.getConnector({ connector: id })).connector?.version).toBe(11);
  });

  test("are found by name and label", async () => {
    const prefix = aName("list");
    for (const stage of ["dev", "prod"]) {
      await aConnector(part, { name: `${prefix}-${stage}`, awsRole, secret: awsSecret, labels: { stage, prefix } });
    }
    const named = async (filter: string) =>
      (await part.connectors.listConnectors({ filter, orderBy: "name" })).connectors.map(({ name, labels }) => [name, labels.stage]);
    const all = [
      [`${prefix}-dev`, "dev"],
      [`${prefix}-prod`, "prod"],
    ];
    expect(await named(`name = "${prefix}*"`)).toEqual(all);
    expect(await named(`labels:"prefix=${prefix}" AND labels:stage`)).toEqual(all);
    expect(await named(`labels:"prefix=${prefix}" AND labels:"stage=prod"`)).toEqual(all.slice(1));
  });

  test("are gone when deleted, on record", async () => {
    const { id } = await awsConnector(part, sts);
    await expect(part.connectors.deleteConnector({ connector: id, etag: "r4" })).rejects.toMatchObject({ reason: Reason.ETAG_MISMATCH });
    await part.connectors.deleteConnector({ connector: id, etag: "r1" });
    await expect(part.connectors.issueCredential({ connector: id })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    const events = [...(await auditOf(it, "CreateConnector")), ...(await auditOf(it, "DeleteConnector"))].filter(
      ({ subject }) => subject === id,
    );
    expect(events.map(({ principal }) => principal?.id)).toEqual([it.world.developer, it.world.developer]);
  });
});
