import { create, toBinary } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { newId, noId } from "@signalbox/runtime/ids.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import { dialects, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { expect, test } from "vitest";
import { migrations } from "../src/migrations/index.ts";
import type { RunsTables } from "../src/tables.ts";

const before = ["0001-runs", "0002-reports", "0003-orders", "0004-cache-index"];
const kinds: readonly Value["kind"][] = [
  { case: "number", value: 0.5 },
  { case: "text", value: "abc" },
  { case: "flag", value: false },
  { case: "integer", value: 3n },
  { case: "json", value: { $typeName: "signalbox.value.v1.Json", text: "{}" } },
];

test.each(dialects)("what was logged before filters asked for it is found on %s", async (dialect) => {
  const fresh = await freshDatabase(dialect);
  const database = openDatabase<RunsTables>(fresh.url);
  try {
    await migrate(database, "runs", Object.fromEntries(Object.entries(migrations).filter(([name]) => before.includes(name))));
    const run = { workspaceId: newId(), runId: newId(), stepId: noId };
    // More than the migration reads at once.
    const rows = Array.from({ length: 1_203 }, (_, i) => ({
      ...run,
      key: `key-${String(i).padStart(4, "0")}`,
      value: Buffer.from(toBinary(ValueSchema, create(ValueSchema, { kind: kinds[i % kinds.length] as Value["kind"] }))),
    }));
    for (let at = 0; at < rows.length; at += 100) {
      await database.db
        .insertInto("runsFact")
        .values(rows.slice(at, at + 100) as never)
        .execute();
    }
    await migrate(database, "runs", migrations);
    const kept = await database.db.selectFrom("runsFact").select(["number", "text"]).orderBy("key").execute();
    const expected = [
      [0.5, null],
      [null, "abc"],
      [null, "false"],
      [3, null],
      [null, null],
    ] as const;
    expect(kept.map(({ number, text }) => [number, text])).toEqual(rows.map((_, i) => expected[i % expected.length]));
  } finally {
    await database.close();
    await fresh.drop();
  }
});
