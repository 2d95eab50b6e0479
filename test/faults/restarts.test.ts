import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEdge } from "@signalbox/deploy/edge-process.ts";
import { startOneProcess } from "@signalbox/deploy/one-process.ts";
import type { Running } from "@signalbox/deploy/running.ts";
import { startService } from "@signalbox/deploy/service-process.ts";
import { edgeProcessSettings, oneProcessSettings, serviceSettings } from "@signalbox/deploy/settings.ts";
import { serviceNames } from "@signalbox/runtime/contract/services.ts";
import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { afterAll, expect, test } from "vitest";
import { freePorts } from "../src/free-ports.ts";
import { type Inventory, takeInventory } from "../src/inventory.ts";
import { rounds } from "../src/rounds.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-restarts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keys = { SIGNALBOX_MESH_KEYS: newKeyringEntry("m1"), SIGNALBOX_SEALING_KEYS: newKeyringEntry("s1") };
const quiet = { SIGNALBOX_LOG_LEVEL: "silent", SIGNALBOX_DRAIN_TIME: "1s" };

async function ready(url: string): Promise<void> {
  for (let round = 0; round < 200; round++) {
    const answer = await fetch(`${url}/readyz`, { headers: { connection: "close" } });
    await answer.text();
    if (answer.ok) return;
    await sleep(50);
  }
  throw new Error("it does not become ready");
}

/** Starts and stops again and again; what is held after the third time is what is held after the last. */
async function again(times: number, start: () => Promise<readonly Running[]>): Promise<void> {
  let third: Inventory | undefined;
  for (let round = 1; round <= times; round++) {
    const running = await start();
    await ready(running.at(-1)?.url ?? "");
    for (const each of [...running].reverse()) await each.stop();
    if (round === 3) third = await takeInventory();
  }
  const last = await takeInventory();
  console.log(`heap after the third: ${third?.heapMb.toFixed(1)} MB, after the last: ${last.heapMb.toFixed(1)} MB`);
  expect(last.handles).toEqual(third?.handles);
  // The test runner itself comes and goes with one.
  const more = Object.entries(last.listeners).filter(([name, count]) => count > (third?.listeners[name] ?? 0) + 1);
  expect(more).toEqual([]);
  expect((last.heapMb - (third?.heapMb ?? 0)) / (times - 3)).toBeLessThan(0.5);
}

test("one process that starts and stops again and again leaves nothing behind", async () => {
  const config = readConfig(oneProcessSettings, { ...keys, ...quiet, SIGNALBOX_DATA: join(folder, "one"), SIGNALBOX_PORT: "0" });
  await again(rounds(8, 50), async () => [await startOneProcess(config)]);
});

test("the programs of a mesh that start and stop again and again leave nothing behind", async () => {
  const first = readConfig(oneProcessSettings, { ...keys, ...quiet, SIGNALBOX_DATA: join(folder, "mesh"), SIGNALBOX_PORT: "0" });
  // The first administrator and workspace.
  await (await startOneProcess(first)).stop();
  const ports = await freePorts(serviceNames.length);
  const addresses = Object.fromEntries(
    serviceNames.map((name, at) => [`SIGNALBOX_${name.toUpperCase()}_ADDRESS`, `127.0.0.1:${ports[at]}`]),
  );
  const settings = { ...keys, ...quiet, ...addresses };
  await again(rounds(6, 50), async () => {
    const services = await Promise.all(
      serviceNames.map((name) =>
        startService(
          name,
          readConfig(serviceSettings, { ...settings, SIGNALBOX_DATABASE_URL: `sqlite://${join(folder, "mesh", name)}.db` }),
        ),
      ),
    );
    return [...services, await startEdge(readConfig(edgeProcessSettings, { ...settings, SIGNALBOX_PORT: "0" }))];
  });
});
