import { newId } from "@signalbox/runtime/ids.ts";
import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Contender } from "../race.ts";
import type { Stage } from "../stage.ts";

interface ThingTable {
  readonly workspaceId: Buffer;
  readonly id: Buffer;
  readonly parentId: Buffer;
  readonly name: string;
  readonly status: number;
  readonly contentHash: Buffer;
  readonly payload: string;
  readonly createTime: number;
}

/** How many rows are inserted at once, whatever the contenders do. */
const insertsAtOnce = 32;

/**
 * What writing costs at least: a row for each insert, each committed durably by
 * itself, through Kysely and six connections, with the columns and indexes of a small resource.
 */
export async function inserts(
  stage: Stage,
  dialect: DialectName,
  through: (url: string) => Promise<string> = async (url) => url,
): Promise<Contender> {
  const { url } = await stage.database(dialect);
  const database = stage.own(openDatabase<{ thing: ThingTable }>(await through(url), { poolSize: 6 }), (each) => each.close());
  const { db } = database;
  const { id, name, enum: number, hash, text, time } = database.dialect.types;
  const columns = {
    ...{ workspace_id: id, id, parent_id: id, name, status: number },
    ...{ content_hash: hash, payload: text, create_time: time },
  };
  await createTable(db as never, "thing", columns, ["workspace_id", "id"]);
  await createIndexes(db as never, "thing", { newest: ["workspace_id", "create_time", "id"], parent: ["workspace_id", "parent_id"] });
  const workspaceId = newId();
  const [parentId, contentHash, payload] = [newId(), Buffer.alloc(32, 7), "x".repeat(100)];
  return {
    name: "floor: one-row inserts",
    atOnce: insertsAtOnce,
    work: () =>
      db
        .insertInto("thing")
        .values({
          workspaceId,
          id: newId(),
          parentId,
          name: "a-step-of-a-run",
          status: 4,
          contentHash,
          payload,
          createTime: Date.now() * 1000,
        })
        .execute(),
  };
}
