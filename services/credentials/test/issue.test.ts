import { randomUUID } from "node:crypto";
import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sweepLeases } from "../src/lease/sweep.ts";
import { aConnector, aRole, awsConnector, awsSecret } from "./connectors.ts";
import { auditOf, dumpOf, type Plane, plane, type Replica, spellings, type TestClock, testClock } from "./fixtures.ts";
import { type StsServer, stsServer } from "./sts-server.ts";

describe.each(dialects)("credentials of an AWS role on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  let clock: TestClock;
  let sts: StsServer;
  beforeAll(async () => {
    clock = testClock();
    it = await plane(dialect);
    part = await it.replica({ clock });
    sts = await stsServer({ keys: { AKIATEST: awsSecret }, clock });
  });
  afterAll(async () => {
    await it?.close();
    await sts?.close();
  });
  beforeEach(() => {
    sts.trouble = undefined;
    sts.granted.length = 0;
    sts.received.length = 0;
  });

  const issue = (connector: string, request: { resource?: string; fresh?: boolean } = {}) =>
    part.connectors.issueCredential({ connector, ...request });
  const leasesOf = async (connector: string, filter = "") => (await part.connectors.listLeases({ connector, filter })).leases;

  test("are signed for, narrowed to the resource and named after who asks", async () => {
    const { id } = await awsConnector(part, sts.url, { externalId: "outside" });
    const issued = await issue(id, { resource: "s3://data/raw/" });
    expect(issued.aws).toMatchObject({ accessKeyId: "ASIA1", secretAccessKey: "minted-canary-key-1/+=", region: "eu-central-1" });
    const [form] = sts.granted;
    expect(form).toMatchObject({ DurationSeconds: "3600", ExternalId: "outside", RoleSessionName: `signalbox-${it.world.developer}` });
    const [objects] = JSON.parse(form?.Policy ?? "").Statement;
    expect(objects.Resource).toEqual(["arn:aws:s3:::data/raw", "arn:aws:s3:::data/raw/*"]);

    const [now, expire, refresh] = [clock(), toMicros(issued.expireTime), toMicros(issued.refreshTime)];
    expect((expire - now) / 60e6).toBeCloseTo(60, 0);
    expect((refresh - now) / (expire - now)).toBeGreaterThan(0.59);
    expect((refresh - now) / (expire - now)).toBeLessThan(0.81);
  });

  test("of all that the connector covers are narrowed to that", async () => {
    const whole = await awsConnector(part, sts.url);
    await issue(whole.id);
    expect(sts.granted[0]).not.toHaveProperty("Policy");
    const some = await awsConnector(part, sts.url, { resources: ["s3://one/a", "s3://two"] });
    await issue(some.id);
    expect(sts.granted[1]?.Policy).toContain("arn:aws:s3:::one/a/*");
    expect(sts.granted[1]?.Policy).toContain("arn:aws:s3:::two/*");
  });

  test.each(["s3://other", "s3://data", "s3://data/rawer", "docker://registry", "eks://cluster", "s3://data/raw/*"])(
    "are not issued for %s where only s3://data/raw is covered",
    async (resource) => {
      const { id } = await awsConnector(part, sts.url, { resources: ["s3://data/raw"] });
      await expect(issue(id, { resource })).rejects.toMatchObject({ reason: Reason.RESOURCE_NOT_COVERED, metadata: { resource } });
      expect(sts.received).toEqual([]);
    },
  );

  test("are minted once for 64 callers, and each of them is on record", async () => {
    const { id } = await awsConnector(part, sts.url);
    sts.trouble = { kind: "delay", ms: 50 };
    const issued = await Promise.all(Array.from({ length: 64 }, () => issue(id)));
    expect(sts.granted).toHaveLength(1);
    expect(new Set(issued.map(({ aws }) => aws?.sessionToken)).size).toBe(1);
    expect(new Set(issued.map(({ lease }) => lease)).size).toBe(64);
    expect(new Set(issued.map(({ refreshTime }) => toMicros(refreshTime))).size).toBeGreaterThan(32);
    expect((await part.connectors.listLeases({ connector: id, includeTotal: true, pageSize: 10 })).totalSize).toBe(64n);
    expect((await auditOf(it, "IssueCredential")).filter(({ subject }) => subject === id)).toHaveLength(64);
  });

  test("are shared by all who may issue, each with a lease of their own", async () => {
    const { id, name } = await awsConnector(part, sts.url);
    await issue(id, { resource: "s3://data" });
    const { connectors: asAdmin } = part.as(it.world.admin);
    const served = await asAdmin.issueCredential({ connector: id, resource: "s3://data/" });
    expect(sts.granted).toHaveLength(1);
    const [newest] = await leasesOf(id);
    expect(newest).toMatchObject({
      id: served.lease,
      connector: id,
      connectorName: name,
      resource: "s3://data",
      principal: { id: it.world.admin, name: "admin" },
      run: "",
      revoked: false,
    });
    expect(await leasesOf(id, "principal = dev")).toHaveLength(1);
    expect(await leasesOf(id, 'resource = "s3://data" AND revoked = false')).toHaveLength(2);
    await issue(id, { resource: "s3://data/raw" });
    expect(sts.granted).toHaveLength(2);
  });

  test("are never served with less than five minutes left", async () => {
    const { id } = await awsConnector(part, sts.url);
    const first = await issue(id);
    // Past 60 % it would be replaced: that STS is away keeps the old one in service.
    sts.trouble = { kind: "status", status: 503 };
    clock.advance(54.5 * 60);
    const late = await issue(id);
    expect(late.aws).toEqual(first.aws);
    expect(toMicros(late.refreshTime)).toBeLessThanOrEqual(toMicros(late.expireTime) - 5 * 60e6);
    clock.advance(40);
    await expect(issue(id)).rejects.toMatchObject({ reason: Reason.PROVIDER_UNAVAILABLE });
    sts.trouble = undefined;
    expect((await issue(id)).aws).not.toEqual(first.aws);
  });

  test("are replaced ahead of their end, by one call", async () => {
    const { id } = await awsConnector(part, sts.url);
    const first = await issue(id);
    clock.advance(35 * 60);
    expect((await issue(id)).aws).toEqual(first.aws);
    clock.advance(2 * 60);
    const later = await Promise.all(Array.from({ length: 16 }, () => issue(id)));
    expect(sts.granted).toHaveLength(2);
    expect(later.every(({ aws }) => aws?.accessKeyId === "ASIA2")).toBe(true);
  });

  test("a replacement that fails is tried again after a pause, not with each call", async () => {
    const { id } = await awsConnector(part, sts.url);
    const first = await issue(id);
    clock.advance(40 * 60);
    sts.trouble = { kind: "drop" };
    for (let i = 0; i < 5; i++) expect((await issue(id)).aws).toEqual(first.aws);
    expect(sts.received).toHaveLength(2);
  });

  test("of a connector as it was before a change are not served any more", async () => {
    const { id } = await awsConnector(part, sts.url);
    await issue(id);
    await part.connectors.updateConnector({ connector: id, lifetimeSeconds: 900 });
    const next = await issue(id);
    expect(sts.granted.map(({ DurationSeconds }) => DurationSeconds)).toEqual(["3600", "900"]);
    expect((toMicros(next.expireTime) - clock()) / 60e6).toBeCloseTo(15, 0);
    await part.connectors.updateConnector({ connector: id, awsRole: aRole(sts.url, { roleArn: "arn:aws:iam::123456789012:role/other" }) });
    await issue(id);
    expect(sts.granted.map(({ RoleArn }) => RoleArn?.split("/")[1])).toEqual(["data", "data", "other"]);
  });

  test("are minted anew where the cached one was refused, once for all who say so", async () => {
    const { id } = await awsConnector(part, sts.url);
    await issue(id);
    sts.trouble = { kind: "delay", ms: 300 };
    const fresh = await Promise.all(Array.from({ length: 8 }, () => issue(id, { fresh: true })));
    expect(fresh.every(({ aws }) => aws?.accessKeyId === "ASIA2")).toBe(true);
    expect((await issue(id)).aws?.accessKeyId).toBe("ASIA2");
    expect(sts.granted).toHaveLength(2);
  });

  test("are served no more once revoked, to whomever they were issued", async () => {
    const { id } = await awsConnector(part, sts.url);
    const first = await issue(id);
    await issue(id);
    const { lease } = await part.connectors.revokeLease({ connector: id, lease: first.lease });
    expect(lease).toMatchObject({ id: first.lease, revoked: true });
    expect((await part.connectors.revokeLease({ connector: id, lease: first.lease })).lease).toEqual(lease);
    expect(await leasesOf(id, "revoked = true")).toHaveLength(2);
    expect((await issue(id)).aws).not.toEqual(first.aws);
    expect(await leasesOf(id, "revoked = false")).toHaveLength(1);
    expect((await auditOf(it, "RevokeLease")).map(({ subject }) => subject)).toContain(first.lease);
  });

  test("are served no more once revoked, though a replica that heard nothing still holds them", async () => {
    const apart = await it.replica({ clock });
    const { id } = await awsConnector(part, sts.url);
    const first = await apart.connectors.issueCredential({ connector: id });
    await part.connectors.revokeLease({ connector: id, lease: first.lease });
    const next = await apart.connectors.issueCredential({ connector: id });
    expect(next.aws).not.toEqual(first.aws);
    expect((await apart.connectors.issueCredential({ connector: id })).aws).toEqual(next.aws);
  });

  test("leases of one connector are not those of another", async () => {
    const [one, two] = [await awsConnector(part, sts.url), await awsConnector(part, sts.url)];
    const { lease } = await issue(one.id);
    expect(await leasesOf(two.id)).toEqual([]);
    await expect(part.connectors.revokeLease({ connector: two.id, lease })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
  });

  test("a wrong key is refused by its code, and nothing that STS repeats travels", async () => {
    const { id } = await awsConnector(part, sts.url);
    await part.connectors.updateConnector({ connector: id, secret: "wrong-canary-secret" });
    const refused = await issue(id).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({ reason: Reason.PROVIDER_REFUSED, metadata: { provider: "aws_sts", code: "SignatureDoesNotMatch" } });
    expect(JSON.stringify(refused) + String((refused as Error).message)).not.toContain("RoleArn");
    await part.connectors.updateConnector({ connector: id, secret: awsSecret });
    expect((await issue(id)).aws).toBeDefined();
  });

  test("failures are not remembered", async () => {
    const { id } = await awsConnector(part, sts.url);
    for (const trouble of [{ kind: "status", status: 500 } as const, { kind: "drop" } as const, { kind: "flood" } as const]) {
      sts.trouble = trouble;
      await expect(issue(id)).rejects.toMatchObject({ reason: Reason.PROVIDER_UNAVAILABLE, retryAfterMs: 1000 });
    }
    sts.trouble = { kind: "status", status: 429, headers: { "retry-after": "7" } };
    await expect(issue(id)).rejects.toMatchObject({ reason: Reason.PROVIDER_UNAVAILABLE, retryAfterMs: 7000 });
    sts.trouble = { kind: "status", status: 307, headers: { location: "https://elsewhere.example.com/" } };
    await expect(issue(id)).rejects.toMatchObject({ reason: Reason.PROVIDER_REFUSED, metadata: { code: "redirect" } });
    sts.trouble = undefined;
    expect((await issue(id)).aws).toBeDefined();
    expect(await leasesOf(id)).toHaveLength(1);
  });

  test("are tried and forgotten by verify", async () => {
    const { id } = await awsConnector(part, sts.url);
    const verified = await part.connectors.verifyConnector({ connector: id, resource: "s3://data" });
    expect(verified.identity).toBe(`arn:aws:sts::123456789012:assumed-role/data/signalbox-${it.world.developer}`);
    expect(await leasesOf(id)).toEqual([]);
    expect((await auditOf(it, "VerifyConnector")).map(({ subject }) => subject)).toContain(id);
    await issue(id, { resource: "s3://data" });
    expect(sts.granted).toHaveLength(2);
  });

  test("lie in no table", async () => {
    const { id } = await awsConnector(part, sts.url);
    await issue(id);
    const dump = await dumpOf(it);
    for (const text of [...spellings(awsSecret), ...spellings("minted-canary-key-1"), ...spellings("minted-canary-token-1")]) {
      expect(dump).not.toContain(text);
    }
    expect(dump).toContain("AKIATEST");
  });

  test("of a deleted connector are not those of another with its id", async () => {
    const request = { id: randomUUID(), awsRole: aRole(sts.url), secret: awsSecret };
    await aConnector(part, request);
    const first = await issue(request.id);
    await part.connectors.deleteConnector({ connector: request.id });
    await aConnector(part, { ...request, lifetimeSeconds: 900 });
    expect((await issue(request.id)).aws).not.toEqual(first.aws);
  });

  test("of two workspaces that gave their connectors one id are told apart, also where they are asked for together", async () => {
    const request = { id: randomUUID(), awsRole: aRole(sts.url), secret: awsSecret };
    const other = it.otherWorld();
    const theirs = part.as(other.developer, other.workspace).connectors;
    await aConnector(part, request);
    await theirs.createConnector({ ...request, name: "theirs", lifetimeSeconds: 900 });
    const rounds = Array.from({ length: 8 }, () => [issue(request.id), theirs.issueCredential({ connector: request.id })]).flat();
    const keys = (await Promise.all(rounds)).map(({ aws }) => aws?.accessKeyId);
    expect(new Set(keys.filter((_, at) => at % 2 === 0)).size).toBe(1);
    expect(new Set(keys).size).toBe(2);
    expect(sts.granted.map(({ DurationSeconds }) => DurationSeconds).toSorted()).toEqual(["3600", "900"]);
  });

  test("are not for run tokens, nor for those who may only look", async () => {
    const { id } = await awsConnector(part, sts.url);
    const run = { run: randomUUID(), project: randomUUID(), owner: it.world.developer, workspace: it.world.workspace };
    const asRun = part.client(ConnectorService, run);
    await expect(asRun.issueCredential({ connector: id })).rejects.toMatchObject({ reason: Reason.RUN_TOKEN_REFUSED });
    const { connectors: asViewer } = part.as(it.world.viewer);
    await expect(asViewer.issueCredential({ connector: id })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
  });

  test("have leases that go a while after they expired", async () => {
    const [brief, long] = [await awsConnector(part, sts.url, {}, 900), await awsConnector(part, sts.url)];
    await issue(brief.id);
    await issue(long.id);
    const halfAnHourOn = clock() + 30 * 60e6;
    expect(await sweepLeases(it.database, halfAnHourOn, new AbortController().signal)).toBeGreaterThan(0);
    expect([await leasesOf(brief.id), await leasesOf(long.id)].map((leases) => leases.length)).toEqual([0, 1]);
  });
});
