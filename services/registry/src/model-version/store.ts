import { ModelStageSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Change, changeRow, deleteRow, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { called, type ListQuery, resourceFields, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { ListField, Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import type { ModelVersionRow } from "../model/tables.ts";
import { inList, requireLiving } from "../project/living.ts";
import type { RegistryTables } from "../tables.ts";
import type { Sought } from "./name.ts";
import { modelNumbers } from "./numbers.ts";
import { differs, dropVersions, modelMetadata, type NewParts, type Parts, partsOf, setParts } from "./parts.ts";
import { leaveStage } from "./stage.ts";

/** A version with the name of its model, and what belongs to it. */
export interface WholeVersion {
  readonly row: ModelVersionRow & { readonly modelName: string };
  readonly parts: Parts;
}

type Db = Kysely<RegistryTables>;
const which = (workspaceId: Id, id: Id): Which<"registry_model_version"> => ({
  table: "registry_model_version",
  type: "model_version",
  workspaceId,
  id,
});

const versionsOfModels = (db: Db) =>
  db
    .selectFrom("registry_model_version")
    .innerJoin("registry_model", (join) =>
      join
        .onRef("registry_model.workspaceId", "=", "registry_model_version.workspaceId")
        .onRef("registry_model.id", "=", "registry_model_version.modelId"),
    )
    .selectAll("registry_model_version")
    .select("registry_model.name as modelName");

async function whole(db: Db, workspaceId: Id, rows: readonly WholeVersion["row"][]): Promise<WholeVersion[]> {
  const parts = await partsOf(
    db,
    workspaceId,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ row, parts: parts.get(row.id.toString("hex")) as Parts }));
}

export function modelVersionStore({ db, dialect }: Pick<Database<RegistryTables>, "db" | "dialect">, principals: Pick<Policy, "facts">) {
  const listing = (query: ListQuery, ofModel: boolean): Listing => ({
    table: "registry_model_version",
    ...scopeIn(query, ofModel && "modelId"),
    key: "registry_model_version.id",
    defaultOrder: "create_time desc",
    fields: {
      ...resourceFields("registry_model_version", principals),
      // Numbers of different models say nothing about each other, and no index has them in order.
      number: {
        kind: "int",
        column: "registry_model_version.number",
        ...(ofModel && { sortable: true }),
      },
      name: { kind: "text", column: "registry_model_version.name" },
      description: { kind: "text", column: "registry_model_version.description" },
      stage: { kind: "enum", column: "registry_model_version.stage", enum: ModelStageSchema },
      model: { kind: "id", column: "registry_model_version.modelId", resolve: called(db, "registry_model", query.workspaceId) },
      project: { kind: "id", column: "registry_model_version.projectId", resolve: called(db, "registry_project", query.workspaceId) },
      run: { kind: "id", column: "registry_model_version.runId" },
      artifacts,
      metadata: modelMetadata.field("registry_model_version"),
    },
  });

  async function get(on: Db, workspaceId: Id, id: Id): Promise<WholeVersion> {
    const query = versionsOfModels(on)
      .where("registry_model_version.workspaceId", "=", workspaceId)
      .where("registry_model_version.id", "=", id);
    const row = await query.executeTakeFirst();
    if (!row) throw notFound("model_version", toUuid(id));
    return (await whole(on, workspaceId, [row]))[0] as WholeVersion;
  }

  return {
    /** Adds the next version of a model: its number, and what it is called where it has no name, are given here. */
    async add(trx: Db, row: Omit<ModelVersionRow, "number" | "called">, parts: NewParts): Promise<ModelVersionRow> {
      const { workspaceId, projectId, modelId } = row;
      await requireLiving(trx, workspaceId, projectId);
      const number = await modelNumbers.take(trx, workspaceId, modelId);
      const version = { ...row, number, called: row.name || String(number) };
      await trx.insertInto("registry_model_version").values(version).execute();
      await setParts(trx, dialect, row, parts);
      return version;
    },

    find: (workspaceId: Id, id: Id) => findRow(db, which(workspaceId, id)),

    get: (workspaceId: Id, id: Id) => get(db, workspaceId, id),

    /** Fails with NOT_FOUND. */
    async seek(workspaceId: Id, modelId: Id, sought: Sought, reference: string): Promise<WholeVersion> {
      const all = versionsOfModels(db)
        .where("registry_model_version.workspaceId", "=", workspaceId)
        .where("registry_model_version.modelId", "=", modelId);
      const such = sought === "latest" ? all : all.where(`registry_model_version.${sought.column}`, "=", sought.value);
      const row = await such.orderBy("registry_model_version.number", "desc").limit(1).executeTakeFirst();
      if (!row) throw notFound("model_version", reference);
      return (await whole(db, workspaceId, [row]))[0] as WholeVersion;
    },

    /** `modelId` is that of the request, all zeros for one that there is not. */
    async list(query: ListQuery, modelId: Id | undefined): Promise<Page<WholeVersion>> {
      const all = versionsOfModels(db).where(inList("registry_model_version", query));
      const narrowed = modelId ? all.where("registry_model_version.modelId", "=", modelId) : all;
      const { rows, ...page } = await list(narrowed, listing(query, modelId !== undefined), query.request, query.context);
      return { ...page, rows: await whole(db, query.workspaceId, rows) };
    },

    async change(
      trx: Db,
      workspaceId: Id,
      id: Id,
      { parts, patch, ...change }: Omit<Change<ModelVersionRow>, "more"> & { readonly parts: NewParts },
    ): Promise<WholeVersion> {
      const before = await get(trx, workspaceId, id);
      const renamed = patch.name === undefined ? {} : { called: patch.name || String(before.row.number) };
      const more = differs(parts, before.parts);
      await changeRow(trx, which(workspaceId, id), { ...change, patch: { ...patch, ...renamed }, more });
      if (more) await setParts(trx, dialect, { workspaceId, id }, parts);
      return get(trx, workspaceId, id);
    },

    /** Deletes a version; its number is not given again. */
    async remove(trx: Db, workspaceId: Id, id: Id, etag: string): Promise<void> {
      const { modelId } = await readRow(trx, which(workspaceId, id));
      await modelNumbers.hold(trx, workspaceId, modelId);
      await deleteRow(trx, which(workspaceId, id), etag);
      await leaveStage(trx, { workspaceId, modelId, id });
      await dropVersions(trx, workspaceId, [id]);
      await modelNumbers.findLatest(trx, workspaceId, modelId);
    },
  };
}

/** `artifacts:<artifact version's id>` */
const artifacts: ListField = {
  kind: "member",
  has: (row, { name }) => {
    const any = row
      .selectFrom("registry_model_artifact")
      .select("registry_model_artifact.position")
      .whereRef("registry_model_artifact.workspaceId", "=", "registry_model_version.workspaceId")
      .whereRef("registry_model_artifact.versionId", "=", "registry_model_version.id");
    if (name === undefined) return row.exists(any);
    return row.exists(any.where("registry_model_artifact.artifactVersionId", "=", isUuid(name) ? toId(name) : noId));
  },
};
