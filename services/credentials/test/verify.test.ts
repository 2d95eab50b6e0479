import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Verification } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aConnector, aRole, awsConnector, awsSecret } from "./connectors.ts";
import { aName, auditOf, type Plane, plane, type Replica, type TestClock, testClock } from "./fixtures.ts";
import { type StsServer, stsServer } from "./sts-server.ts";

const config = (settings: object) => ({ text: JSON.stringify(settings) });
const hub = { type: "docker", method: "password", configuration: config({ username: "ada", password: "x" }) };
const gcp = { type: "gcp", method: "implicit", configuration: config({ project_id: "p" }) };

describe.each(dialects)("verifying connectors on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  let sts: StsServer;
  let clock: TestClock;
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

  const verify = async (request: object, asked: object = {}) =>
    part.connectors.verifyConnector({ connector: (await aConnector(part, request)).id, ...asked });

  test("tries what issues, and says who it is taken for", async () => {
    const { id } = await awsConnector(part, sts.url, { resources: ["s3://data"] });
    const verified = await part.connectors.verifyConnector({ connector: id });
    expect(verified).toMatchObject({ verification: Verification.TRIED, expired: false, identity: expect.stringContaining("arn:") });
    expect(verified.resources.find(({ type }) => type === "s3-bucket")).toMatchObject({ resources: ["s3://data"], error: "" });
    const record = {
      ...{ type: "aws", method: "iam-role", resourceTypes: ["s3-bucket"], secrets: { aws_secret_access_key: awsSecret } },
      configuration: config({ role_arn: aRole("").roleArn, region: "eu-central-1", aws_access_key_id: "AKIATEST", endpoint_url: sts.url }),
    };
    expect(await verify(record, { resource: "s3://data" })).toMatchObject({ verification: Verification.TRIED });
    await expect(verify(record)).rejects.toMatchObject({ reason: Reason.RESOURCE_NOT_COVERED });
    await expect(verify({ ...record, secrets: { aws_secret_access_key: "no" } }, { resource: "s3://data" })).rejects.toMatchObject({
      reason: Reason.PROVIDER_REFUSED,
    });
  });

  test("does not pretend of what it only keeps", async () => {
    const kept = await verify({ ...gcp, resource: "gs://lake" });
    expect(kept).toMatchObject({ verification: Verification.SETTINGS, identity: "", expired: false });
    expect(kept.expireTime).toBeUndefined();
    const bucket = kept.resources.find(({ type }) => type === "gcs-bucket");
    const cluster = kept.resources.find(({ type }) => type === "kubernetes-cluster");
    expect([bucket?.resources, bucket?.error, cluster?.resources]).toEqual([["gs://lake"], "", []]);
    expect(cluster?.error).toContain("not listed");
    const only = await verify(gcp, { resourceType: "gcs-bucket" });
    expect(only.resources.map(({ type }) => type)).toEqual(["gcs-bucket"]);
    expect(await verify({ type: "abacus" })).toMatchObject({ verification: Verification.NOTHING, resources: [] });
    await expect(verify(gcp, { resourceType: "s3-bucket" })).rejects.toMatchObject({ violations: [{ field: "resource_type" }] });
    await expect(verify({ ...gcp, resource: "gs://lake" }, { resource: "gs://sea" })).rejects.toMatchObject({
      reason: Reason.RESOURCE_NOT_COVERED,
    });
  });

  test("tells of what has expired, or is about to", async () => {
    const inMs = (ms: number) => timestampFromMs(Math.floor(clock() / 1000) + ms);
    expect(await verify({ ...hub, expireTime: inMs(60_000), expireSkewSeconds: 30 })).toMatchObject({ expired: false });
    expect(await verify({ ...hub, expireTime: inMs(60_000), expireSkewSeconds: 90 })).toMatchObject({ expired: true });
    expect(await verify({ ...hub, expireTime: inMs(-1) })).toMatchObject({ expired: true });
  });

  test("keeps nothing of what is not created yet, and is on record", async () => {
    const name = aName();
    const connector = { name, awsRole: aRole(sts.url), secret: awsSecret };
    expect(await part.connectors.verifyNewConnector({ newConnector: connector })).toMatchObject({ verification: Verification.TRIED });
    const wrong = part.connectors.verifyNewConnector({ newConnector: { ...connector, secret: "wrong" } });
    await expect(wrong).rejects.toMatchObject({ reason: Reason.PROVIDER_REFUSED });
    const bad = part.connectors.verifyNewConnector({ newConnector: { name, type: "docker", method: "password" } });
    await expect(bad).rejects.toMatchObject({ violations: [{ field: "configuration.text" }] });
    await expect(part.connectors.getConnector({ connector: name })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    const done = (await auditOf(it, "VerifyNewConnector")).filter(({ reason }) => reason === "");
    expect(done.map(({ subject }) => subject)).toEqual([name]);
    const viewer = part.as(it.world.viewer).connectors.verifyNewConnector({ newConnector: connector });
    await expect(viewer).rejects.toMatchObject({ reason: Reason.PERMISSION_MISSING });
  });

  test("lists which resources connectors give access to, of those that the caller may see", async () => {
    const labels = { of: aName() };
    const { id, name } = await aConnector(part, { ...gcp, labels, resource: "gs://lake", resourceTypes: ["gcs-bucket"] });
    await aConnector(part, { ...hub, labels });
    const filter = `labels.of = "${labels.of}" AND resource_type:gcs-bucket`;
    const { connectors, totalSize } = await part.connectors.listConnectorResources({ filter, includeTotal: true });
    expect(totalSize).toBe(1n);
    expect(connectors).toMatchObject([{ id, name, type: "gcp", resources: [{ type: "gcs-bucket", resources: ["gs://lake"], error: "" }] }]);
    expect((await part.as(it.world.viewer).connectors.listConnectorResources({ filter })).connectors).toEqual([]);
  });
});
