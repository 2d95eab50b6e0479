import { idWithin, newId } from "@signalbox/runtime/ids.ts";
import { addColumns, createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { BulkTable } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { type Kysely, sql } from "kysely";
import type { ModelArtifactRow, ModelVersionRow } from "../model/tables.ts";

/** What a version consists of is linked one by one, and so are runs. */
export const modelLinks: Migration = (dialect) => ({
  async up(db) {
    const { id, time } = dialect.types;
    await addColumns(db, dialect, links.name, { id: "id", kind: "enum", create_time: "time" });
    await addColumns(db, dialect, "registry_model_version", { artifact_count: "int", run_count: "int" });
    await fillLinks(db as unknown as Kysely<Before>, dialect);
    await createKeys(db, links.name, { link: ["workspace_id", "id"] });
    await createIndexes(db, links.name, {
      newest: ["workspace_id", "version_id", "create_time", "id"],
      named: ["workspace_id", "version_id", "name", "id"],
    });
    const runs = "registry_model_run";
    await createTable(db, runs, { workspace_id: id, version_id: id, id, run_id: id, create_time: time }, ["workspace_id", "id"]);
    await createIndexes(db, runs, {
      newest: ["workspace_id", "version_id", "create_time", "id"],
      run: ["workspace_id", "run_id", "version_id"],
    });
  },
});

interface Before {
  registry_model_artifact: ModelArtifactRow;
  registry_model_version: ModelVersionRow;
}

const links: BulkTable = {
  name: "registry_model_artifact",
  columns: { workspaceId: "id", versionId: "id", position: "int", id: "id", kind: "enum", createTime: "time" },
};
const key = ["workspaceId", "versionId", "position"];

/** Gives the links that there are what links have. */
async function fillLinks(db: Kysely<Before>, { bulk }: Parameters<Migration>[0]): Promise<void> {
  for (let last: Pick<ModelVersionRow, "workspaceId" | "id"> | undefined; ; ) {
    const versions = db.selectFrom("registry_model_version").select(["workspaceId", "id", "createTime"]);
    const after = last ? versions.where(sql<boolean>`(workspace_id, id) > (${last.workspaceId}, ${last.id})`) : versions;
    const some = await after.orderBy("workspaceId").orderBy("id").limit(100).execute();
    for (const { workspaceId, id: versionId, createTime } of some) {
      const own = db.selectFrom("registry_model_artifact").select(["position", "name", "artifactVersionId"]);
      const rows = await own.where("workspaceId", "=", workspaceId).where("versionId", "=", versionId).orderBy("position").execute();
      if (rows.length === 0) continue;
      const seen = new Set<string>();
      const changes = rows.map(({ position, name, artifactVersionId }) => {
        const made = idWithin(versionId, Buffer.concat([artifactVersionId, Buffer.from(name)]));
        // Twice the same could be written before.
        const id = seen.has(made.toString("hex")) ? newId() : made;
        seen.add(made.toString("hex"));
        return { workspaceId, versionId, position, id, kind: 0, createTime };
      });
      for (const statement of bulk.update(links, changes, { key, columns: ["id", "kind", "createTime"] })) await db.executeQuery(statement);
      const version = db.updateTable("registry_model_version").set({ artifactCount: rows.length });
      await version.where("workspaceId", "=", workspaceId).where("id", "=", versionId).execute();
    }
    last = some.at(-1);
    if (some.length < 100) return;
  }
}
