import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type OpenCache, openCache } from "@signalbox/runtime/cache/open.ts";
import { connectRedis, redisReady } from "@signalbox/runtime/cache/redis-connection.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aConnector, aRole, awsConnector, awsSecret } from "./connectors.ts";
import { aName, type Plane, plane, type Replica, spellings, type TestClock, testClock } from "./fixtures.ts";
import { type StsServer, stsServer } from "./sts-server.ts";

const redisUrl = process.env.SIGNALBOX_TEST_REDIS_URL ?? "";
if (!redisUrl) console.warn("skipped: replicas over one Redis need SIGNALBOX_TEST_REDIS_URL, and this run has none (npm test brings it)");

/** Everything in Redis, whatever its type. */
async function dumpOfRedis(): Promise<string> {
  const redis = connectRedis(redisUrl, { commandTimeoutMs: 10_000, onFault: () => {} });
  try {
    await redisReady(redis, 2_000);
    const keys = await redis.keys("*");
    // Strings as they are; a dump of them might be compressed.
    const values = await Promise.all(keys.map((key) => redis.getBuffer(key).catch(() => redis.dumpBuffer(key))));
    return values.map((value, i) => `${keys[i]} ${value?.toString("latin1")} ${value?.toString("base64")}`).join("\n");
  } finally {
    redis.disconnect();
  }
}

describe.skipIf(!redisUrl).each(dialects)("two replicas over one Redis on %s", (dialect) => {
  let it: Plane;
  let clock: TestClock;
  let sts: StsServer;
  const caches: OpenCache[] = [];
  let replicas: readonly Replica[];

  const withCache = async (url: string): Promise<Replica> => {
    const opened = await openCache(url);
    caches.push(opened);
    return it.replica({ clock, cache: opened.cache, wakeups: opened.wakeups });
  };
  beforeAll(async () => {
    clock = testClock();
    it = await plane(dialect);
    replicas = [await withCache(redisUrl), await withCache(redisUrl)];
    await Promise.all(caches.map(({ ping }) => ping()));
    sts = await stsServer({ keys: { AKIATEST: awsSecret }, clock });
  });
  afterAll(async () => {
    await it?.close();
    for (const { close } of caches) await close();
    await sts?.close();
  });
  beforeEach(() => {
    sts.trouble = undefined;
    sts.granted.length = 0;
    sts.received.length = 0;
  });

  const [one, two] = [() => replicas[0] as Replica, () => replicas[1] as Replica];
  const issue = (part: Replica, connector: string, fresh = false) => part.connectors.issueCredential({ connector, fresh });
  /** Callers spread over the two. */
  const many = (connector: string, count: number, fresh = false) =>
    Promise.all(Array.from({ length: count }, (_, i) => issue(i % 2 === 0 ? one() : two(), connector, fresh)));

  test("mint once for 64 simultaneous callers", async () => {
    const { id } = await awsConnector(one(), sts.url);
    sts.trouble = { kind: "delay", ms: 100 };
    const issued = await many(id, 64);
    expect(sts.received).toHaveLength(1);
    expect(new Set(issued.map(({ aws }) => aws?.sessionToken)).size).toBe(1);
    expect((await two().connectors.listLeases({ connector: id, includeTotal: true })).totalSize).toBe(64n);
  });

  test("replace once for all who find it refused", async () => {
    const { id } = await awsConnector(one(), sts.url);
    const [old] = await many(id, 2);
    sts.trouble = { kind: "delay", ms: 500 };
    const fresh = await many(id, 16, true);
    expect(sts.received).toHaveLength(2);
    expect(fresh.every(({ aws }) => aws?.sessionToken !== old?.aws?.sessionToken)).toBe(true);
  });

  test("replace once ahead of the end", async () => {
    const { id } = await awsConnector(one(), sts.url);
    await many(id, 2);
    clock.advance(37 * 60);
    await many(id, 16);
    const later = await many(id, 16);
    expect(sts.received).toHaveLength(2);
    expect(new Set(later.map(({ aws }) => aws?.accessKeyId))).toEqual(new Set(["ASIA2"]));
  });

  test("serve nothing of a connector as it was before the other one changed it", async () => {
    const { id } = await awsConnector(one(), sts.url);
    await many(id, 2);
    await one().connectors.updateConnector({ connector: id, lifetimeSeconds: 1800 });
    expect((await issue(two(), id)).aws?.accessKeyId).toBe("ASIA2");
    expect(sts.granted.at(-1)?.DurationSeconds).toBe("1800");
  });

  test("serve nothing that the other one revoked", async () => {
    const { id } = await awsConnector(one(), sts.url);
    const { lease } = await issue(one(), id);
    await issue(two(), id);
    await one().connectors.revokeLease({ connector: id, lease });
    expect((await issue(two(), id)).aws?.accessKeyId).toBe("ASIA2");
  });

  test("issue nothing by a connector that the other one deleted, nor to its former owner where its id was brought again", async () => {
    const { id } = await awsConnector(one(), sts.url);
    await many(id, 4);
    await one().connectors.deleteConnector({ connector: id });
    await expect(issue(two(), id)).rejects.toMatchObject({ reason: Reason.NOT_FOUND });

    await aConnector(one(), { id, awsRole: aRole(sts.url), secret: awsSecret });
    await many(id, 4);
    await one().connectors.deleteConnector({ connector: id });
    const { connectors: asAdmin } = one().as(it.world.admin);
    await asAdmin.createConnector({ id, name: aName("theirs"), awsRole: aRole(sts.url), secret: awsSecret });
    const before = sts.received.length;
    await expect(issue(two(), id)).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    expect(sts.received).toHaveLength(before);
  });

  test("leave nothing in Redis that tells a secret, or what it is of", async () => {
    const { id } = await awsConnector(one(), sts.url);
    const { aws } = await one().connectors.issueCredential({ connector: id, resource: "s3://canary-bucket" });
    const dump = await dumpOfRedis();
    expect(dump).toContain("cache:");
    const secrets = [
      awsSecret,
      aws?.secretAccessKey ?? "",
      aws?.sessionToken ?? "",
      "minted-canary",
      "s3://canary-bucket",
      it.world.workspace,
      id,
    ];
    for (const text of secrets.flatMap(spellings)) expect(dump).not.toContain(text);
  });

  test("mint though the one that held the lock failed", async () => {
    const { id } = await awsConnector(one(), sts.url);
    sts.trouble = { kind: "status", status: 500 };
    const failed = await Promise.allSettled([issue(one(), id), issue(two(), id)]);
    for (const each of failed) expect(each).toMatchObject({ status: "rejected", reason: { reason: Reason.PROVIDER_UNAVAILABLE } });
    sts.trouble = undefined;
    expect((await issue(two(), id)).aws).toBeDefined();
  });

  test("work without Redis, each minting for itself", async () => {
    const { id } = await awsConnector(one(), sts.url);
    const alone = await withCache("redis://127.0.0.1:1");
    sts.trouble = { kind: "delay", ms: 50 };
    const issued = await Promise.all(Array.from({ length: 8 }, () => issue(alone, id)));
    expect(sts.received).toHaveLength(1);
    expect(issued.every(({ aws }) => aws?.accessKeyId === "ASIA1")).toBe(true);
    expect((await issue(alone, id)).aws?.accessKeyId).toBe("ASIA2");
  });

  test("work when Redis goes away", async () => {
    const leaving = await withCache(redisUrl);
    const { id } = await awsConnector(leaving, sts.url);
    await issue(leaving, id);
    await caches.at(-1)?.close();
    expect((await issue(leaving, id)).aws?.accessKeyId).toBe("ASIA2");
    expect((await issue(leaving, id, true)).aws?.accessKeyId).toBe("ASIA3");
  });
});
