import { serviceNames } from "@signalbox/runtime/contract/services.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { describe, expect, test } from "vitest";
import { type Load, startLoad } from "../src/load/load.ts";
import { expectOnlyDelay, progress } from "../src/load/outcome.ts";
import { expectCounted, type UrlOf } from "../src/load/recount.ts";
import { expectAcknowledged } from "../src/load/verify.ts";
import { startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import type { Plane } from "../src/plane.ts";
import { startPlaneApart } from "../src/plane-apart.ts";
import { untilReady } from "../src/ready.ts";
import { rounds } from "../src/rounds.ts";
import { type Supervised, waitedForProcessor } from "../src/supervised.ts";

/** What is promised: how long a killed program is missed, and what a client may have to wait. */
const againMs = 5_000;
const delayMs = 30_000;
const timeoutMs = rounds(240_000, 1_800_000);

/** Kills a program, starts it at once as its supervisor would, and tells how long it was missed. */
async function kill(url: string, program: Supervised): Promise<number> {
  await program.end("SIGKILL");
  const began = performance.now();
  await program.start();
  await untilReady(url);
  return performance.now() - began - waitedForProcessor(program.present);
}

async function killAll(url: string, programs: readonly (readonly [string, Supervised])[], { ledger }: Load): Promise<void> {
  for (let round = 0; round < rounds(1, 20); round++) {
    for (const [name, program] of programs) {
      expect(await kill(url, program), `${name} is back`).toBeLessThan(againMs);
      await progress(ledger, delayMs);
    }
  }
}

async function survive(plane: Pick<Plane, "url" | "client" | "admin">, programs: readonly (readonly [string, Supervised])[], urlOf: UrlOf) {
  const load = await startLoad(plane);
  try {
    await progress(load.ledger, delayMs);
    await killAll(plane.url, programs, load);
  } finally {
    await load.end();
  }
  expectOnlyDelay(load.ledger, delayMs);
  await expectAcknowledged(plane, load);
  return () => expectCounted(urlOf, load.ledger);
}

test.runIf(dialects.includes("sqlite"))(
  "one process on SQLite is killed under load: clients see a delay, and what was acknowledged is there once",
  async () => {
    const plane = await startPlaneApart();
    try {
      const count = await survive(plane, [["the process", plane.program]], (service) => `sqlite://${plane.folder}/${service}.db`);
      // The duties of the one that was killed are free after five seconds, and taken up within another three; then what is told
      // beside the calls has a moment to arrive, and the files are free to be read.
      await sleep(11_000);
      await plane.program.stop();
      await count();
    } finally {
      await plane.close();
    }
  },
  timeoutMs,
);

const victims = { postgres: [...serviceNames, "edge"], mysql: ["runs", "edge"] } as const;

describe.each((["postgres", "mysql"] as const).filter((name) => dialects.includes(name)))("a mesh on %s", (dialect) => {
  needsRedis()("with Redis", () => {
    test(
      `${victims[dialect].join(", ")} are killed under load: clients see a delay, and what was acknowledged is there once`,
      async () => {
        const mesh = await startMesh({ dialect, redisUrl: serverUrl("redis") ?? "" });
        try {
          const programs = [...mesh.programs].filter(([name]) => (victims[dialect] as readonly string[]).includes(name));
          const count = await survive(mesh, programs, () => mesh.environment.SIGNALBOX_DATABASE_URL ?? "");
          await count();
        } finally {
          await mesh.close();
        }
      },
      timeoutMs,
    );
  });
});
