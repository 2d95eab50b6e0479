import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Id, newId } from "../../src/ids.ts";
import { createDocumentTable, getDocuments, hashOf, putDocuments } from "../../src/store/document.ts";
import { dialects } from "../../src/testing/databases.ts";
import { type Fresh, fresh } from "./fresh.ts";

const row = (id: Id) => ({
  id,
  workspaceId: id,
  projectId: id,
  ownerId: id,
  name: "x",
  state: 0,
  size: 0,
  score: 0,
  hidden: 0,
  createTime: 0,
});

describe.each(dialects)("transactions on %s", (name) => {
  let it: Fresh;
  beforeAll(async () => {
    it = await fresh(name, { "0003-document": (dialect) => ({ up: (db) => createDocumentTable(db, dialect, "test") }) });
  });
  afterAll(() => it?.close());

  test("that wait for each other both succeed", async () => {
    const ids = [newId(), newId()] as const;
    await it.database.db.insertInto("test_thing").values(ids.map(row)).execute();
    let attempts = 0;
    let holding = 0;
    const bothHold = Promise.withResolvers<void>();
    const crossing = (order: readonly Id[]) =>
      it.database.transact(async (trx) => {
        attempts++;
        for (const id of order) {
          await trx
            .updateTable("test_thing")
            .set((thing) => ({ size: thing("size", "+", 1) }))
            .where("id", "=", id)
            .execute();
          if (++holding === 2) bothHold.resolve();
          // SQLite runs one transaction after another.
          if (name !== "sqlite") await bothHold.promise;
        }
      });
    await Promise.all([crossing(ids), crossing([...ids].reverse())]);
    const found = await it.database.db.selectFrom("test_thing").select("size").where("id", "in", ids).execute();
    expect(found).toEqual([{ size: 2 }, { size: 2 }]);
    if (name !== "sqlite") expect(attempts).toBeGreaterThan(2);
  });

  test("keep each document once, whoever else keeps the same", async () => {
    const workspaceId = newId();
    const texts = Array.from({ length: 30 }, (_, n) => JSON.stringify({ n: n % 20, text: "é".repeat(n * 4000) }));
    const hashes = texts.map(hashOf);
    const put = (given: readonly string[]) =>
      it.database.transact((db) =>
        putDocuments(
          { db, dialect: it.database.dialect, prefix: "test" },
          given.map((text) => ({ workspaceId, text })),
          1,
        ),
      );
    await Promise.all([put(texts), put([...texts].reverse()), put(texts)]);
    const found = await getDocuments({ db: it.database.db, prefix: "test" }, workspaceId, hashes);
    expect(hashes.map((hash) => found.get(hash.toString("hex")))).toEqual(texts);
    expect(await getDocuments({ db: it.database.db, prefix: "test" }, newId(), hashes)).toEqual(new Map());
  });

  test("on a connection that is cut fail with UNAVAILABLE, and the next ones work", async () => {
    const cut = { postgres: "select pg_terminate_backend(pg_backend_pid())", mysql: "kill connection_id()", sqlite: undefined }[name];
    if (cut === undefined) return;
    const id = newId();
    const failing = it.database.transact(async (trx) => {
      await trx.insertInto("test_thing").values(row(id)).execute();
      await sql.raw(cut).execute(trx);
      await trx.selectFrom("test_thing").selectAll().execute();
    });
    await expect(failing).rejects.toMatchObject({ reason: Reason.UNAVAILABLE });
    for (let n = 0; n < 8; n++) await it.database.ping();
    expect(await it.database.db.selectFrom("test_thing").selectAll().where("id", "=", id).execute()).toEqual([]);
  });
});
