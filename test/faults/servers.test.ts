import { connectRedis } from "@signalbox/runtime/cache/redis-connection.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { dialects, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Callers, startCallers } from "../src/callers.ts";
import { dice, seedOfRun } from "../src/dice.ts";
import { type Load, startLoad } from "../src/load/load.ts";
import { expectOnlyDelay, progress } from "../src/load/outcome.ts";
import { expectCounted } from "../src/load/recount.ts";
import { expectAcknowledged } from "../src/load/verify.ts";
import { type Mesh, startMesh } from "../src/mesh.ts";
import { needsRedis } from "../src/needs.ts";
import type { Plane } from "../src/plane.ts";
import { startPlaneApart } from "../src/plane-apart.ts";
import { by, startProxy, type TcpProxy, targetOf } from "../src/proxy.ts";
import { lasting } from "../src/rounds.ts";
import type { Started } from "../src/servers/local.ts";
import { startOwn } from "../src/servers/own.ts";

/** What is promised: how long calls may fail after the fault is over, and what a client of the SDK may have to wait. */
const healMs = 10_000;
const delayMs = 30_000;
const faultMs = lasting(1_500, 10_000);

/** What is dropped follows from this: SIGNALBOX_TEST_SEED has a failure again, as far as time lets it. */
const seed = seedOfRun();
const random = dice(seed);

/** A server of this test's own, and the network in front of it. */
interface Reached {
  readonly server: Started;
  readonly proxy: TcpProxy;
  /** Its URL by way of the proxy. */
  readonly url: string;
}

async function reach(name: "postgres" | "mariadb" | "redis"): Promise<Reached> {
  const server = await startOwn(name);
  const proxy = await startProxy([targetOf(server.url)], random);
  return { server, proxy, url: by(proxy, server.url) };
}

/** What can happen to a server and to the way there. */
const happenings = {
  restarted: ({ server }: Reached) => server.restart(),
  paused: async ({ server }: Reached) => {
    server.pause();
    await sleep(faultMs);
    server.resume();
  },
  "cut off": async ({ proxy }: Pick<Reached, "proxy">) => proxy.cut(),
  "200 ms away": async ({ proxy }: Pick<Reached, "proxy">) => {
    proxy.turn({ delayMs: 200 });
    await sleep(faultMs);
    proxy.turn();
  },
  "losing 1 % of what is sent": async ({ proxy }: Pick<Reached, "proxy">) => {
    proxy.turn({ dropped: 0.01 });
    await sleep(faultMs);
    proxy.turn();
  },
} as const;
type Happening = keyof typeof happenings;
const ofNetworks = ["cut off", "200 ms away", "losing 1 % of what is sent"] as const;

/** Everything that is started, and what goes on while things happen. */
interface Scene {
  readonly plane: Pick<Plane, "url" | "client" | "admin">;
  readonly load: Load;
  readonly callers: Callers;
}

async function play({ load, callers }: Scene, happen: () => Promise<void>): Promise<void> {
  await happen();
  await callers.healed(healMs);
  await progress(load.ledger, delayMs);
  callers.expectTold();
}

async function open(plane: Scene["plane"]): Promise<Scene> {
  const load = await startLoad(plane);
  return { plane, load, callers: await startCallers(plane) };
}

async function expectKept({ plane, load, callers }: Scene, databaseUrl: string): Promise<void> {
  await Promise.all([load.end(), callers.end()]);
  expectOnlyDelay(load.ledger, delayMs);
  await expectAcknowledged(plane, load);
  await expectCounted(() => databaseUrl, load.ledger);
}

const on = (dialect: DialectName) => (dialects.includes(dialect) ? needsRedis() : describe.skip);

on("postgres")(`a mesh on PostgreSQL and Redis of its own (seed ${seed})`, () => {
  const between: TcpProxy[] = [];
  let postgres: Reached;
  let redis: Reached;
  let mesh: Mesh;
  let scene: Scene;
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([reach("postgres"), reach("redis")]);
    mesh = await startMesh({
      dialect: "postgres",
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      async between(port) {
        const proxy = await startProxy([{ host: "127.0.0.1", port }], random);
        between.push(proxy);
        return proxy.port;
      },
    });
    scene = await open(mesh);
  });
  afterAll(async () => {
    await Promise.all([scene?.load.end(), scene?.callers.end()]);
    await mesh?.close();
    await Promise.all([postgres, redis].flatMap((each) => [each?.proxy.close(), each?.server.stop()]));
    await Promise.all(between.map((proxy) => proxy.close()));
  });

  test.each(Object.keys(happenings) as Happening[])("PostgreSQL is %s: callers are told to try again, and it heals by itself", (what) =>
    play(scene, () => happenings[what](postgres)),
  );

  test.each(Object.keys(happenings) as Happening[])("Redis is %s: it heals by itself", (what) =>
    play(scene, () => happenings[what](redis)),
  );

  test("Redis is flushed: nothing is missed", () =>
    play(scene, async () => {
      const client = connectRedis(redis.server.url, { commandTimeoutMs: 5_000, onFault: () => {} });
      await new Promise((resolve) => client.once("ready", resolve));
      await client.flushall();
      client.disconnect();
    }));

  test.each(ofNetworks)("all services are %s: callers are told to try again, and it heals by itself", (what) =>
    play(scene, async () => {
      await Promise.all(between.map((proxy) => happenings[what]({ proxy })));
    }),
  );

  test("everything that was acknowledged is there once, and no client of the SDK saw more than a delay", () =>
    expectKept(scene, postgres.server.url));
});

on("mysql")(`one process on a MariaDB of its own (seed ${seed})`, () => {
  let mariadb: Reached;
  let url: string;
  let plane: Plane;
  let scene: Scene;
  beforeAll(async () => {
    mariadb = await reach("mariadb");
    ({ url } = await freshDatabase("mysql", mariadb.server.url));
    plane = await startPlaneApart({ SIGNALBOX_DATABASE_URL: by(mariadb.proxy, url) });
    scene = await open(plane);
  });
  afterAll(async () => {
    await Promise.all([scene?.load.end(), scene?.callers.end()]);
    await plane?.close();
    await mariadb?.proxy.close();
    await mariadb?.server.stop();
  });

  test.each(Object.keys(happenings) as Happening[])("MariaDB is %s: callers are told to try again, and it heals by itself", (what) =>
    play(scene, () => happenings[what](mariadb)),
  );

  test("everything that was acknowledged is there once, and no client of the SDK saw more than a delay", () => expectKept(scene, url));
});
