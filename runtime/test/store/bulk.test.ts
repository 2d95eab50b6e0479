import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/ids.ts";
import type { BulkTable } from "../../src/store/dialect/bulk.ts";
import { sendAll } from "../../src/store/send-all.ts";
import { dialects } from "../../src/testing/databases.ts";
import { type Fresh, fresh } from "./fresh.ts";
import type { EveryRow } from "./things.ts";

const every = {
  name: "test_every",
  columns: {
    ...{ id: "id", name: "name", text: "text", document: "document", bytes: "bytes", hash: "hash" },
    ...{ time: "time", int: "int", float: "float", flag: "flag", enum: "enum" },
  },
} as const satisfies BulkTable;

const aRow = (row: Partial<EveryRow> = {}): EveryRow => ({
  ...{ id: newId(), name: "a", text: "", document: "{}", bytes: Buffer.alloc(0), hash: Buffer.alloc(32, 1) },
  ...{ time: 1_795_000_000_000_001, int: 1, float: 0.1, flag: 1, enum: 3, ...row },
});

const asBulk = (rows: readonly EveryRow[]) => rows as unknown as readonly Readonly<Record<string, unknown>>[];

describe.each(dialects)("many rows at once on %s", (name) => {
  let it: Fresh;
  beforeAll(async () => {
    it = await fresh(name);
  });
  afterAll(() => it.close());

  const send = (statements: Parameters<typeof sendAll>[2], rows: (count: number) => void = () => {}) =>
    it.database.transact((trx) => sendAll(trx, it.database.dialect, statements, { statements: statements.length, rows }));
  const read = (id: Buffer) => it.database.db.selectFrom("test_every").selectAll().where("id", "=", id).executeTakeFirst();

  test("come back as they were written, whatever they hold", async () => {
    const texts = ["", 'a "b" \\ c', "{x,y}", "NULL", "null", "'; drop", "two\nlines\t", "ö 🎉", "?$1"];
    const numbers = [0, -1, 0.1, 1e-300, -1.7976931348623157e308];
    const rows = [
      ...texts.map((text) => aRow({ text, name: text.slice(0, 200), document: text, bytes: Buffer.from(text) })),
      ...numbers.map((float) => aRow({ float })),
      aRow({ bytes: Buffer.from([0, 255, 92, 34, 39, 10]), int: Number.MIN_SAFE_INTEGER, time: Number.MAX_SAFE_INTEGER, flag: 0 }),
    ];
    await send(it.database.dialect.bulk.insert(every, asBulk(rows)), (count) => expect(count).toBe(rows.length));
    for (const row of rows) expect(await read(row.id)).toEqual(row);
  });

  test("are written in as many statements as it takes", async () => {
    const rows = Array.from({ length: 3_000 }, (_, int) => aRow({ int, text: "many" }));
    await send(it.database.dialect.bulk.insert(every, asBulk(rows)));
    const { count } = await it.database.db
      .selectFrom("test_every")
      .select((row) => row.fn.countAll<number>().as("count"))
      .where("text", "=", "many")
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(3_000);
    const changed = rows.map((row) => ({ ...row, int: row.int + 1, text: "more" }));
    await send(it.database.dialect.bulk.update(every, asBulk(changed), { key: ["id"], columns: ["int", "text"] }));
    expect(await read(rows[2_999]?.id as Buffer)).toMatchObject({ int: 3_000, text: "more", name: "a" });
  });

  test("leave those alone that are there, or overwrite what they are told to", async () => {
    const row = aRow({ int: 1, text: "first" });
    const other = { ...row, int: 2, text: "second" };
    const { bulk } = it.database.dialect;
    await send(bulk.insert(every, asBulk([row])));
    await send(bulk.insert(every, asBulk([other, aRow()]), { key: ["id"], overwrite: [] }));
    expect(await read(row.id)).toEqual(row);
    await send(bulk.insert(every, asBulk([other, aRow()]), { key: ["id"], overwrite: ["int"] }));
    expect(await read(row.id)).toEqual({ ...row, int: 2 });
  });

  test("counters of rows that are there go on from where they are, and those of new rows begin", async () => {
    const row = aRow({ int: 3, time: 1 });
    const fresh = aRow({ int: 4, time: 4 });
    const { bulk } = it.database.dialect;
    const conflict = { key: ["id"], overwrite: ["text"], sums: ["time", "int"] };
    await send(bulk.insert(every, asBulk([row])));
    await send(bulk.insert(every, asBulk([{ ...row, int: 5, time: 5, text: "counted", name: "b" }, fresh]), conflict));
    expect(await read(row.id)).toEqual({ ...row, int: 8, time: 8, text: "counted" });
    expect(await read(fresh.id)).toEqual(fresh);
  });

  test("an update of rows that follow leaves out the one that somebody else changed, and tells how many there were", async () => {
    const rows = [aRow({ int: 5 }), aRow({ int: 7 })];
    const { bulk } = it.database.dialect;
    await send(bulk.insert(every, asBulk(rows)));
    const next = rows.map((row) => ({ ...row, int: 6, text: "next" }));
    let found = 0;
    await send(bulk.update(every, asBulk(next), { key: ["id"], columns: ["int", "text"], follows: "int" }), (count) => {
      found = count;
    });
    expect(found).toBe(1);
    expect(await read(rows[0]?.id as Buffer)).toMatchObject({ int: 6, text: "next" });
    expect(await read(rows[1]?.id as Buffer)).toMatchObject({ int: 7, text: "" });
  });

  test("one statement that fails takes back all of them, also those behind it", async () => {
    const [taken, before, after] = [aRow(), aRow(), aRow()];
    const { bulk } = it.database.dialect;
    await send(bulk.insert(every, asBulk([taken])));
    const statements = [before, taken, after].flatMap((row) => bulk.insert(every, asBulk([row])));
    await expect(send(statements)).rejects.toSatisfy((error) => it.database.dialect.explain(error)?.kind === "taken");
    expect(await read(before.id)).toBeUndefined();
    expect(await read(after.id)).toBeUndefined();
    await send(bulk.insert(every, asBulk([before])));
    expect(await read(before.id)).toEqual(before);
  });
});
