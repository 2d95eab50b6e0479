import { fromBinary } from "@bufbuild/protobuf";
import { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { addColumns, createIndexes, narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { BulkTable } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { type Kysely, sql } from "kysely";
import { comparedAs } from "../metric/compared.ts";

const portion = 1000;

/**
 * Runs are found by what they logged: facts by their number or text, metrics by their last value; and by whose they
 * are, on which stack they ran and whether they go on.
 */
export const filters: Migration = (dialect) => ({
  async up(db) {
    // Of a value that is no number or no text.
    await addColumns(db, dialect, "runs_fact", {}, { number: "float", text: "name" });
    await compareFacts(db, dialect);
    await createIndexes(db, "runs_fact", { value: ["workspace_id", "key", "number", "text", "run_id"] });
    await createIndexes(db, "runs_series", { last: ["workspace_id", "name", "last", "run_id"] });
    await createIndexes(db, "runs_run", {
      owner: ["workspace_id", "owner_id", "create_time", "id"],
      owner_in: ["workspace_id", "project_id", "owner_id", "create_time", "id"],
      stack: ["workspace_id", "stack_id", "create_time", "id"],
      stack_in: ["workspace_id", "project_id", "stack_id", "create_time", "id"],
      going: [...going],
    });
    // Nearly all runs have ended: those that have are met soon without it.
    await narrowIndex(db, dialect, { table: "runs_run", name: "going", columns: going }, sql`in_progress = 1`);
  },
});

const going = ["workspace_id", "in_progress", "project_id", "create_time", "id"] as const;

interface Fact {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly stepId: Id;
  readonly key: string;
  readonly value: Buffer;
}

const key = ["workspaceId", "runId", "stepId", "key"] as const;
const compared: BulkTable = {
  name: "runs_fact",
  columns: { workspaceId: "id", runId: "id", stepId: "id", key: "name", number: "float", text: "name" },
};

/** Gives the facts that there are what filters compare. */
async function compareFacts(db: Kysely<{ runs_fact: Fact }>, { bulk }: Parameters<Migration>[0]): Promise<void> {
  for (let last: Fact | undefined; ; ) {
    const facts = db
      .selectFrom("runs_fact")
      .select([...key, "value"])
      .orderBy("workspaceId")
      .orderBy("runId")
      .orderBy("stepId")
      .orderBy("key")
      .limit(portion);
    const { workspaceId, runId, stepId, key: after } = last ?? {};
    const rows = await (last
      ? facts.where(sql<boolean>`(workspace_id, run_id, step_id, ${sql.ref("key")}) > (${workspaceId}, ${runId}, ${stepId}, ${after})`)
      : facts
    ).execute();
    const changes = rows.map(({ value, ...row }) => ({ ...row, ...comparedAs(fromBinary(ValueSchema, value)) }));
    for (const statement of bulk.update(compared, changes, { key, columns: ["number", "text"] })) await db.executeQuery(statement);
    last = rows.at(-1);
    if (rows.length < portion) return;
  }
}
