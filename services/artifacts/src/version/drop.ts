import type { Id } from "@signalbox/runtime/ids.ts";
import { type Kysely, sql } from "kysely";
import type { ArtifactsTables } from "../tables.ts";
import { distinct } from "../use/edges.ts";
import { dropParts } from "./parts.ts";

type Db = Kysely<ArtifactsTables>;

/**
 * Deletes those of these versions that no run uses, or that none consumed, at the moment, or all, with what belongs to them; resolves
 * with which went. Their artifacts' rows are held, so that numbers stay right; numbers are not given again.
 */
export async function dropVersions(trx: Db, workspaceId: Id, versions: readonly Id[], which: "unused" | "all"): Promise<readonly Id[]> {
  if (versions.length === 0) return [];
  const these = () => trx.selectFrom("artifacts_version").where("workspaceId", "=", workspaceId).where("id", "in", versions);
  const artifacts = distinct((await these().select("artifactId").execute()).map(({ artifactId }) => artifactId)).sort(Buffer.compare);
  if (artifacts.length === 0) return [];
  const held = () => trx.updateTable("artifacts_artifact").where("workspaceId", "=", workspaceId).where("id", "in", artifacts);
  await held()
    .set((row) => ({ lastNumber: row.ref("lastNumber") }))
    .execute();
  const before = await these().select("id").execute();
  const all = trx.deleteFrom("artifacts_version").where("workspaceId", "=", workspaceId).where("id", "in", versions);
  await (which === "unused" ? all.where("unused", "=", 1) : all).execute();
  const left = new Set((await these().select("id").execute()).map(({ id }) => id.toString("hex")));
  const gone = before.map(({ id }) => id).filter((id) => !left.has(id.toString("hex")));
  if (gone.length > 0) await dropParts(trx, workspaceId, gone);
  await held()
    .set((row) => {
      const own = row.selectFrom("artifacts_version").whereRef("artifacts_version.workspaceId", "=", "artifacts_artifact.workspaceId");
      const highest = own
        .whereRef("artifacts_version.artifactId", "=", "artifacts_artifact.id")
        .select((each) => each.fn.max("artifacts_version.number").as("highest"));
      return { latestNumber: sql<number>`coalesce(${highest}, 0)` };
    })
    .execute();
  return gone;
}
