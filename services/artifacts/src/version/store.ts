import { ArtifactTypeSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { called, createdFields, type ListQuery, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import { inList, staying } from "../project/going.ts";
import type { ArtifactsTables, VersionRow } from "../tables.ts";
import { versionTags } from "../tags.ts";
import { inUse } from "./in-use.ts";
import type { WholeVersion } from "./mapping.ts";
import type { Sought } from "./name.ts";
import { artifactNumbers } from "./numbers.ts";
import { dropParts, versionMetadata } from "./parts.ts";

type Db = Kysely<ArtifactsTables>;

const versionsOfArtifacts = (db: Db) =>
  db
    .selectFrom("artifacts_version")
    .innerJoin("artifacts_artifact", (join) =>
      join
        .onRef("artifacts_artifact.workspaceId", "=", "artifacts_version.workspaceId")
        .onRef("artifacts_artifact.id", "=", "artifacts_version.artifactId"),
    )
    .selectAll("artifacts_version")
    .select("artifacts_artifact.name as artifactName");

async function whole(db: Db, workspaceId: Id, rows: readonly (VersionRow & { readonly artifactName: string })[]): Promise<WholeVersion[]> {
  const ids = rows.map(({ id }) => id);
  const [metadata, tags] = await Promise.all([versionMetadata.of(db, workspaceId, ids), versionTags.of(db, workspaceId, ids)]);
  return rows.map(({ artifactName, ...row }) => {
    const key = row.id.toString("hex");
    return { row, artifactName, metadata: metadata.get(key) ?? {}, tags: tags.get(key) ?? [] };
  });
}

export function versionStore({ db, dialect }: Pick<Database<ArtifactsTables>, "db" | "dialect">, principals: Pick<Policy, "facts">) {
  const inWorkspace = (workspaceId: Id) => versionsOfArtifacts(db).where("artifacts_version.workspaceId", "=", workspaceId);

  const listing = (query: ListQuery, ofArtifact: boolean): Listing => ({
    table: "artifacts_version",
    ...scopeIn(query, ofArtifact && "artifactId"),
    key: "artifacts_version.id",
    defaultOrder: "create_time desc",
    fields: {
      ...createdFields("artifacts_version", principals),
      // Numbers of different artifacts say nothing about each other, and no index has them in order.
      number: { kind: "int", column: "artifacts_version.number", ...(ofArtifact && { sortable: true }) },
      version: { kind: "text", column: "artifacts_version.version" },
      artifact: { kind: "id", column: "artifacts_version.artifactId", resolve: called(db, "artifacts_artifact", query.workspaceId) },
      artifact_name: { kind: "text", column: "artifacts_artifact.name" },
      project: { kind: "id", column: "artifacts_version.projectId" },
      type: { kind: "enum", column: "artifacts_version.type", enum: ArtifactTypeSchema },
      uri: { kind: "text", column: "artifacts_version.uri" },
      data_type: { kind: "text", column: "artifacts_version.dataType" },
      serializer: { kind: "text", column: "artifacts_version.serializer" },
      digest: { kind: "text", column: "artifacts_version.digest" },
      size_bytes: { kind: "int", column: "artifacts_version.sizeBytes" },
      item_count: { kind: "int", column: "artifacts_version.itemCount" },
      producer_run: { kind: "id", column: "artifacts_version.producerRunId" },
      producer_step: { kind: "text", column: "artifacts_version.producerStep" },
      consumer_count: { kind: "int", column: "artifacts_version.consumerCount" },
      metadata: versionMetadata.field("artifacts_version"),
      tags: versionTags.field(db, dialect, query),
    },
  });

  return {
    /** Those of these versions that there are, in no promised order. */
    async batch(workspaceId: Id, ids: readonly Id[], visible: Visible = { all: true }): Promise<WholeVersion[]> {
      const rows = await inWorkspace(workspaceId)
        .where("artifacts_version.id", "in", ids)
        .where(staying("artifacts_version", workspaceId))
        .where(visibleWhere(visible, { project: "artifacts_version.projectId", owner: "artifacts_version.ownerId" }))
        .execute();
      return whole(db, workspaceId, rows);
    },

    /** The versions of a project that have one of these names, with the names of their artifacts. */
    called: (workspaceId: Id, projectId: Id, names: readonly string[]) =>
      inWorkspace(workspaceId)
        .where("artifacts_version.projectId", "=", projectId)
        .where("artifacts_version.version", "in", names)
        .execute(),

    /** Fails with NOT_FOUND. */
    async get(workspaceId: Id, id: Id): Promise<WholeVersion> {
      const rows = await inWorkspace(workspaceId).where("artifacts_version.id", "=", id).execute();
      const [found] = await whole(db, workspaceId, rows);
      if (!found) throw notFound("artifact_version", toUuid(id));
      return found;
    },

    /** Fails with NOT_FOUND. */
    async seek(workspaceId: Id, artifactId: Id, sought: Sought, reference: string): Promise<WholeVersion> {
      const all = inWorkspace(workspaceId).where("artifacts_version.artifactId", "=", artifactId);
      const such = sought === "latest" ? all : all.where(`artifacts_version.${sought.column}`, "=", sought.value);
      const [found] = await whole(db, workspaceId, await such.orderBy("artifacts_version.number", "desc").limit(1).execute());
      if (!found) throw notFound("artifact_version", reference);
      return found;
    },

    /** `artifactId` is that of the request, all zeros for one that there is not. */
    async list(query: ListQuery, artifactId: Id | undefined): Promise<Page<WholeVersion>> {
      const all = versionsOfArtifacts(db).where(inList("artifacts_version", query));
      const narrowed = artifactId ? all.where("artifacts_version.artifactId", "=", artifactId) : all;
      const { rows, ...page } = await list(narrowed, listing(query, artifactId !== undefined), query.request, query.context);
      return { ...page, rows: await whole(db, query.workspaceId, rows) };
    },

    /** Forgets a version that nothing consumed; its number is not given again. Fails with NOT_FOUND or IN_USE. */
    async remove(trx: Db, workspaceId: Id, id: Id): Promise<void> {
      const read = () =>
        trx
          .selectFrom("artifacts_version")
          .select(["id", "artifactId", "consumerCount"])
          .where("workspaceId", "=", workspaceId)
          .where("id", "=", id)
          .executeTakeFirst();
      const found = await read();
      if (!found) throw notFound("artifact_version", toUuid(id));
      await artifactNumbers.hold(trx, workspaceId, found.artifactId);
      const free = trx
        .deleteFrom("artifacts_version")
        .where("workspaceId", "=", workspaceId)
        .where("id", "=", id)
        .where("consumerCount", "=", 0);
      const { numDeletedRows } = await free.executeTakeFirstOrThrow();
      if (numDeletedRows === 0n) {
        const left = await read();
        throw left ? inUse(left) : notFound("artifact_version", toUuid(id));
      }
      await dropParts(trx, workspaceId, [id]);
      await artifactNumbers.findLatest(trx, workspaceId, found.artifactId);
    },
  };
}

export type VersionStore = ReturnType<typeof versionStore>;
