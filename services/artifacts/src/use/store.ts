import { UseKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { filterInvalid } from "@signalbox/runtime/filter/invalid.ts";
import { type Id, isUuid, noId, toId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { ListField, Listing, Member } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import { there } from "@signalbox/runtime/store/there.ts";
import type { Kysely } from "kysely";
import type { ArtifactsTables, UseRow } from "../tables.ts";
import { distinct } from "./edges.ts";

/** Asked in one order only: ids sort as the uses became known. */
const listing: Listing = {
  table: "artifacts_use",
  fixed: ["workspaceId", "versionId"],
  key: "id",
  defaultOrder: "id",
  fields: { id: { kind: "id", column: "id", sortable: true } },
};

/** The steps that produced these versions, by the version's id in hexadecimal: of several attempts the last. */
export async function producersOf(db: Kysely<ArtifactsTables>, workspaceId: Id, versions: readonly Id[]): Promise<Map<string, Id>> {
  if (versions.length === 0) return new Map();
  const produced = await db
    .selectFrom("artifacts_version")
    .innerJoin("artifacts_use", (join) =>
      join
        .onRef("artifacts_use.workspaceId", "=", "artifacts_version.workspaceId")
        .onRef("artifacts_use.versionId", "=", "artifacts_version.id")
        .onRef("artifacts_use.runId", "=", "artifacts_version.producerRunId")
        .onRef("artifacts_use.step", "=", "artifacts_version.producerStep"),
    )
    .select(["artifacts_use.versionId", "artifacts_use.stepId"])
    .where("artifacts_version.workspaceId", "=", workspaceId)
    .where("artifacts_version.id", "in", versions)
    .where("artifacts_use.kind", "=", UseKind.PRODUCED)
    .orderBy("artifacts_use.attempt")
    .execute();
  return new Map(produced.map(({ versionId, stepId }) => [versionId.toString("hex"), stepId]));
}

/** Asks for what a run produced or consumed: `run:<its id>`. */
export const runField = (db: Kysely<ArtifactsTables>, workspaceId: Id): ListField => ({
  kind: "member",
  has: (row, member) => {
    const run = runOf(member);
    const uses = row
      .selectFrom("artifacts_use")
      .select("artifacts_use.runId")
      .whereRef("artifacts_use.workspaceId", "=", "artifacts_version.workspaceId")
      .whereRef("artifacts_use.versionId", "=", "artifacts_version.id");
    if (!run) return row.or([row("artifacts_version.producerRunId", "!=", noId), there(uses)]);
    return row.or([row("artifacts_version.producerRunId", "=", run), there(uses.where("artifacts_use.runId", "=", run))]);
  },
  async having(member, most) {
    const run = runOf(member);
    if (!run) return undefined;
    const uses = db.selectFrom("artifacts_use").select("versionId as id").distinct().where("workspaceId", "=", workspaceId);
    const made = db.selectFrom("artifacts_version").select("id").where("workspaceId", "=", workspaceId);
    const found = await Promise.all([
      uses
        .where("runId", "=", run)
        .limit(most + 1)
        .execute(),
      made
        .where("producerRunId", "=", run)
        .limit(most + 1)
        .execute(),
    ]);
    return distinct(found.flat().map(({ id }) => id));
  },
});

/** undefined for any. */
function runOf({ name }: Member): Id | undefined {
  if (name === undefined) return undefined;
  if (isUuid(name)) return toId(name);
  throw filterInvalid(1, "run is asked by the UUID of a run, as run:0192a5d4-0000-7000-8000-000000000001");
}

export function useStore({ db }: Pick<Database<ArtifactsTables>, "db">) {
  return {
    list(workspaceId: Id, versionId: Id, { pageSize, pageToken }: ListRequest, context: ListContext): Promise<Page<UseRow>> {
      const query = db.selectFrom("artifacts_use").selectAll().where("workspaceId", "=", workspaceId).where("versionId", "=", versionId);
      return list(query, listing, { pageSize, pageToken }, context);
    },
  };
}
