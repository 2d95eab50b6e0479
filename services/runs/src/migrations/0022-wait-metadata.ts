import { fromJsonString } from "@bufbuild/protobuf";
import { WaitConditionSchema } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { compareMetadata, createMetadataTable } from "@signalbox/runtime/resource/metadata.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { getDocuments } from "@signalbox/runtime/store/document.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { Kysely } from "kysely";
import { waitMetadata } from "../wait/metadata.ts";

/** Wait conditions are found by their metadata. */
export const waitMetadataFilter: Migration = (dialect) => ({
  async up(db) {
    await createMetadataTable(db, dialect, "runs_wait_metadata");
    await compareMetadata(db, dialect, "runs_wait_metadata");
    await fill(db as Kysely<Filled>, dialect);
  },
});

interface Filled {
  runs_wait_condition: { workspaceId: Id; id: Id; metadata: Buffer };
}

const portion = 200;
const noHashes = [Buffer.alloc(0), Buffer.alloc(32)];

/** Keeps what there is of conditions from before. */
async function fill(db: Kysely<Filled>, dialect: Dialect): Promise<void> {
  const all = db.selectFrom("runs_wait_condition").select(["workspaceId", "id", "metadata"]).where("metadata", "not in", noHashes);
  for (let last: Filled["runs_wait_condition"] | undefined; ; ) {
    const sorted = all.orderBy("workspaceId").orderBy("id").limit(portion);
    const after = last;
    const rest = after
      ? sorted.where((row) =>
          row.or([
            row("workspaceId", ">", after.workspaceId),
            row.and([row("workspaceId", "=", after.workspaceId), row("id", ">", after.id)]),
          ]),
        )
      : sorted;
    const rows = await rest.execute();
    for (const { workspaceId, id, metadata: hash } of rows) {
      const text = (await getDocuments({ db, prefix: "runs" }, workspaceId, [hash])).get(hash.toString("hex"));
      if (text === undefined) continue;
      const { metadata } = fromJsonString(WaitConditionSchema, text);
      await sendAll(db, dialect, waitMetadata.adding(dialect, [{ workspaceId, id, metadata }]));
    }
    last = rows.at(-1);
    if (rows.length < portion) return;
  }
}
