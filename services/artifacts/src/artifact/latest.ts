import type { Id } from "@signalbox/runtime/ids.ts";
import type { Part } from "@signalbox/runtime/resource/parts.ts";
import type { Kysely } from "kysely";
import type { ArtifactsTables, VersionRow } from "../tables.ts";

/** The latest version of an artifact, which comes and goes with its versions and not by requests. */
export const latestPart: Part<Pick<VersionRow, "id" | "version"> | undefined> = {
  none: undefined,
  of: latestOf,
  same: () => true,
  set: async () => {},
  drop: async () => {},
};

async function latestOf(db: Kysely<ArtifactsTables>, workspaceId: Id, artifacts: readonly Id[]) {
  const found = await db
    .selectFrom("artifacts_artifact")
    .innerJoin("artifacts_version", (join) =>
      join
        .onRef("artifacts_version.workspaceId", "=", "artifacts_artifact.workspaceId")
        .onRef("artifacts_version.artifactId", "=", "artifacts_artifact.id")
        .onRef("artifacts_version.number", "=", "artifacts_artifact.latestNumber"),
    )
    .select(["artifacts_version.artifactId", "artifacts_version.id", "artifacts_version.version"])
    .where("artifacts_artifact.workspaceId", "=", workspaceId)
    .where("artifacts_artifact.id", "in", artifacts)
    .execute();
  return new Map(found.map(({ artifactId, ...version }) => [artifactId.toString("hex"), version]));
}
