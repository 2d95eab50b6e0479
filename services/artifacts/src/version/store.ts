import { ArtifactTypeSchema, SaveKindSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import { changeRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { called, createdFields, type ListQuery, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import { inList, staying } from "../project/going.ts";
import type { ArtifactsTables, VersionRow } from "../tables.ts";
import { versionTags } from "../tags.ts";
import { producersOf, runField } from "../use/store.ts";
import { shownOf } from "../visualization/store.ts";
import { inUse } from "./in-use.ts";
import type { BriefVersion, WholeVersion } from "./mapping.ts";
import { modelFields } from "./model-fields.ts";
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
    // Under its own name, since lists are sorted by it.
    .select("artifacts_artifact.name");

const briefly = ["id", "projectId", "artifactId", "version", "number", "type", "uri", "digest"] as const;

/**
 * Rows with the names of their artifacts. Not by a join: where its statistics are of before, PostgreSQL expects one row and
 * meets all artifacts of the workspace for each version.
 */
async function named<R extends Pick<VersionRow, "artifactId">>(db: Db, workspaceId: Id, rows: readonly R[]) {
  const ids = new Map(rows.map(({ artifactId }) => [artifactId.toString("hex"), artifactId]));
  if (ids.size === 0) return [];
  const artifacts = await db
    .selectFrom("artifacts_artifact")
    .select(["id", "name"])
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", [...ids.values()])
    .execute();
  const names = new Map(artifacts.map(({ id, name }) => [id.toString("hex"), name]));
  return rows.flatMap((row) => {
    const name = names.get(row.artifactId.toString("hex"));
    return name === undefined ? [] : [{ ...row, name }];
  });
}

async function whole(db: Db, workspaceId: Id, rows: readonly (VersionRow & { readonly name: string })[]): Promise<WholeVersion[]> {
  const ids = rows.map(({ id }) => id);
  const [metadata, tags, steps, shown] = await Promise.all([
    versionMetadata.of(db, workspaceId, ids),
    versionTags.of(db, workspaceId, ids),
    producersOf(
      db,
      workspaceId,
      rows.flatMap(({ id, producerRunId }) => (producerRunId.equals(noId) ? [] : id)),
    ),
    shownOf(
      db,
      workspaceId,
      rows.flatMap(({ id, visualized }) => (visualized === 1 ? id : [])),
    ),
  ]);
  return rows.map(({ name: artifactName, ...row }) => {
    const key = row.id.toString("hex");
    const producerStepId = steps.get(key) ?? noId;
    const visualizations = shown.get(key) ?? [];
    return { row, artifactName, metadata: metadata.get(key) ?? {}, visualizations, tags: tags.get(key) ?? [], producerStepId };
  });
}

/** Fails with NOT_FOUND. */
async function get(db: Db, workspaceId: Id, id: Id): Promise<WholeVersion> {
  const one = versionsOfArtifacts(db).where("artifacts_version.workspaceId", "=", workspaceId).where("artifacts_version.id", "=", id);
  const [found] = await whole(db, workspaceId, await one.execute());
  if (!found) throw notFound("artifact_version", toUuid(id));
  return found;
}

interface VersionChange {
  /** Empty for its number. */
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  readonly etag: string;
  readonly now: Micros;
}

interface Called {
  readonly artifacts: readonly string[];
  readonly names: readonly string[];
  readonly numbers: readonly number[];
}

export function versionStore({ database, policy: principals, peers }: Pick<Context, "database" | "policy" | "peers">) {
  const { db, dialect } = database;
  const inWorkspace = (workspaceId: Id) => versionsOfArtifacts(db).where("artifacts_version.workspaceId", "=", workspaceId);

  const some = (workspaceId: Id, ids: readonly Id[], visible: Visible) =>
    db
      .selectFrom("artifacts_version")
      .where("workspaceId", "=", workspaceId)
      .where("id", "in", ids)
      .where(staying("artifacts_version", workspaceId))
      .where(visibleWhere(visible, { project: "artifacts_version.projectId", owner: "artifacts_version.ownerId" }));

  const listing = (query: ListQuery, ofArtifact: boolean): Listing => ({
    table: "artifacts_version",
    ...scopeIn(query, ofArtifact && "artifactId"),
    key: "artifacts_version.id",
    defaultOrder: "create_time desc",
    fields: {
      ...createdFields("artifacts_version", principals),
      update_time: { kind: "time", column: "artifacts_version.updateTime", sortable: true },
      number: { kind: "int", column: "artifacts_version.number", sortable: true },
      version: { kind: "text", column: "artifacts_version.version", sortable: true },
      artifact: { kind: "id", column: "artifacts_version.artifactId", resolve: called(db, "artifacts_artifact", query.workspaceId) },
      artifact_name: { kind: "text", column: "artifacts_artifact.name", sortable: true },
      custom_name: { kind: "flag", column: "artifacts_artifact.customName" },
      project: { kind: "id", column: "artifacts_version.projectId" },
      type: { kind: "enum", column: "artifacts_version.type", enum: ArtifactTypeSchema, sortable: true },
      uri: { kind: "text", column: "artifacts_version.uri" },
      data_type: { kind: "text", column: "artifacts_version.dataType" },
      serializer: { kind: "text", column: "artifacts_version.serializer" },
      digest: { kind: "text", column: "artifacts_version.digest" },
      size_bytes: { kind: "int", column: "artifacts_version.sizeBytes" },
      item_count: { kind: "int", column: "artifacts_version.itemCount" },
      content_hash: { kind: "text", column: "artifacts_version.clientHash" },
      artifact_store: { kind: "id", column: "artifacts_version.artifactStoreId" },
      save_kind: { kind: "enum", column: "artifacts_version.saveKind", enum: SaveKindSchema },
      description: { kind: "text", column: "artifacts_version.description" },
      unused: { kind: "flag", column: "artifacts_version.unused" },
      run: runField(db, query.workspaceId),
      ...modelFields(peers, query.workspaceId),
      producer_run: { kind: "id", column: "artifacts_version.producerRunId" },
      producer_step: { kind: "text", column: "artifacts_version.producerStep" },
      consumer_count: { kind: "int", column: "artifacts_version.consumerCount" },
      metadata: versionMetadata.field("artifacts_version", database, query.workspaceId),
      tags: versionTags.field(db, dialect, query),
    },
  });

  return {
    /** Those of these versions that there are, in no promised order. */
    async batch(workspaceId: Id, ids: readonly Id[], visible: Visible = { all: true }): Promise<WholeVersion[]> {
      return whole(db, workspaceId, await named(db, workspaceId, await some(workspaceId, ids, visible).selectAll().execute()));
    },

    /** The same without what lies in other tables. */
    brief: async (workspaceId: Id, ids: readonly Id[], visible: Visible): Promise<BriefVersion[]> =>
      named(db, workspaceId, await some(workspaceId, ids, visible).select(briefly).execute()),

    /** The versions of these artifacts that have one of these names or numbers, with the names of their artifacts. */
    async called(workspaceId: Id, projectId: Id, { artifacts, names, numbers }: Called) {
      if (names.length + numbers.length === 0) return [];
      const all = inWorkspace(workspaceId)
        .where("artifacts_artifact.projectId", "=", projectId)
        .where("artifacts_artifact.name", "in", artifacts);
      const called = all.where((row) =>
        row.or([
          ...(names.length > 0 ? [row("artifacts_version.version", "in", names)] : []),
          ...(numbers.length > 0 ? [row("artifacts_version.number", "in", numbers)] : []),
        ]),
      );
      return called.execute();
    },

    get: (workspaceId: Id, id: Id) => get(db, workspaceId, id),

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

    /** Changes what a version is called and described as. Fails with NOT_FOUND or ETAG_MISMATCH. */
    async change(trx: Db, workspaceId: Id, id: Id, { version, description, etag, now }: VersionChange): Promise<WholeVersion> {
      const which: Which<"artifacts_version"> = { table: "artifacts_version", type: "artifact_version", workspaceId, id };
      const { number } = await readRow(trx, which);
      const patch = {
        ...(version !== undefined && { version: version || String(number) }),
        ...(description !== undefined && { description }),
      };
      await changeRow(trx, which, { patch, etag, now });
      return get(trx, workspaceId, id);
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
