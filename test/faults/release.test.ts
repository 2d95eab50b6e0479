import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { describe, test } from "vitest";
import { startLoad } from "../src/load/load.ts";
import { expectOnlyDelay } from "../src/load/outcome.ts";
import { expectCounted } from "../src/load/recount.ts";
import { expectAcknowledged } from "../src/load/verify.ts";
import { startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import { checkOut, releaseBefore } from "../src/release.ts";
import { lasting } from "../src/rounds.ts";

const delayMs = 30_000;
const before = releaseBefore();
if (!before)
  console.warn(
    "skipped: a release and the one before it on one database, because this clone of the repository has no tag and not its whole history",
  );

(dialects.includes("postgres") ? needsRedis() : describe.skip)("two releases", () => {
  test.skipIf(!before)(`${before} and this tree, on one database and under load, fail no call and lose nothing`, async () => {
    const older = checkOut(before ?? "");
    try {
      const mesh = await startMesh({ dialect: "postgres", redisUrl: serverUrl("redis") ?? "", trees: [older.folder, undefined] });
      try {
        const load = await startLoad(mesh);
        await sleep(lasting(10_000, 60_000));
        await load.end();
        expectOnlyDelay(load.ledger, delayMs);
        await expectAcknowledged(mesh, load);
        await expectCounted(() => mesh.environment.SIGNALBOX_DATABASE_URL ?? "", load.ledger);
      } finally {
        await mesh.close();
      }
    } finally {
      older.remove();
    }
  });
});
