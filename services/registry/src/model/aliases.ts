import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { fieldInvalid, notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toUuid } from "@signalbox/runtime/ids.ts";
import { readPart } from "@signalbox/runtime/resource/parts.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import { type Kysely, sql } from "kysely";
import { standsForAny } from "../model-version/name.ts";
import { seekVersion } from "../model-version/seek.ts";
import { aliasGate, allowedBy, endDone, neededIn } from "../promotion/gate.ts";
import type { RegistryTables } from "../tables.ts";
import type { ModelAliasRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** So many aliases a model has at most: it shows all of them. */
const most = 100;

/** An alias with the number of the version that it stands for. */
export type StandingAlias = ModelAliasRow & { readonly number: number };

const standing = (db: Db) =>
  db
    .selectFrom("registry_model_alias")
    .innerJoin("registry_model_version", (join) =>
      join
        .onRef("registry_model_version.workspaceId", "=", "registry_model_alias.workspaceId")
        .onRef("registry_model_version.id", "=", "registry_model_alias.versionId"),
    )
    .selectAll("registry_model_alias")
    .select("registry_model_version.number");

/** The aliases of models, in order. */
export const aliasesOfModels = readPart<readonly StandingAlias[]>({
  none: [],
  async of(db: Db, workspaceId, models) {
    const all = standing(db).where("registry_model_alias.workspaceId", "=", workspaceId);
    const rows = await all.where("registry_model_alias.modelId", "in", models).orderBy("registry_model_alias.alias").execute();
    return Map.groupBy(rows, ({ modelId }) => modelId.toString("hex"));
  },
});

/** The names of the aliases of versions, in order. */
export const aliasesOfVersions = readPart<readonly string[]>({
  none: [],
  async of(db: Db, workspaceId, versions) {
    const all = db.selectFrom("registry_model_alias").select(["versionId", "alias"]).where("workspaceId", "=", workspaceId);
    const rows = await all.where("versionId", "in", versions).orderBy("alias").execute();
    const byVersion = Map.groupBy(rows, ({ versionId }) => versionId.toString("hex"));
    return new Map([...byVersion].map(([id, own]) => [id, own.map(({ alias }) => alias)]));
  },
});

/** Fails with FIELD_INVALID for what could be taken for something else that a version is found by. */
export function checkAlias(alias: string): void {
  if (alias.startsWith("@")) throw fieldInvalid("alias", 'is given without "@"; only a version that is looked for has it');
  if (isUuid(alias) || standsForAny(alias) || /^v\d+$/i.test(alias))
    throw fieldInvalid("alias", `"${alias}" could be taken for an id, a number, a stage or the latest version`);
}

export interface Aliasing extends Place {
  readonly alias: string;
  readonly etag: string;
}

/** What happens to the aliases of one model happens one after another: the model is held, and what happens has a number. */
async function takeRevision(trx: Db, { workspaceId, id }: Place): Promise<number> {
  const one = trx.updateTable("registry_model").set({ aliasRevision: sql<number>`alias_revision + 1` });
  const { numUpdatedRows } = await one.where("workspaceId", "=", workspaceId).where("id", "=", id).executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound("model", toUuid(id));
  const query = trx.selectFrom("registry_model").select("aliasRevision").where("workspaceId", "=", workspaceId).where("id", "=", id);
  return (await query.executeTakeFirstOrThrow()).aliasRevision;
}

/**
 * Lets an alias stand for a version of a model, in a transaction; `id` is that of the model. Resolves with the alias, and the id of
 * the version that it stood for before, all zeros for none. Fails with NOT_FOUND, FIELD_INVALID, ETAG_MISMATCH or APPROVAL_REQUIRED.
 */
export async function setAlias(
  trx: Db,
  { version, by, now, ...asked }: Aliasing & { readonly version: string; readonly by: Id; readonly now: number },
): Promise<{ readonly alias: StandingAlias; readonly movedFrom: Id }> {
  const { workspaceId, id: modelId, alias, etag } = asked;
  const revision = await takeRevision(trx, asked);
  const { id: versionId, number } = await seekVersion(trx, asked, version);
  const [before, others] = await aliasIn(trx, asked);
  if (before?.versionId.equals(versionId)) return { alias: { ...before, number }, movedFrom: noId };
  checkEtag(etag, before?.revision ?? 0);
  if (!before && others >= most) throw fieldInvalid("alias", `is one too many: a model has at most ${most} aliases`);
  const promotion = await allowedBy(trx, { workspaceId, modelId, id: versionId }, aliasGate(alias));
  const row = { workspaceId, modelId, alias, versionId, byId: by, revision, updateTime: now };
  if (before) await drop(trx, before);
  await trx.insertInto("registry_model_alias").values(row).execute();
  if (promotion) await endDone(trx, promotion, now);
  return { alias: { ...row, number }, movedFrom: before?.versionId ?? noId };
}

/** Takes an alias off its version. Fails with NOT_FOUND, ETAG_MISMATCH, or PERMISSION_MISSING where its model guards it from the caller. */
export async function deleteAlias(trx: Db, asked: Aliasing & { readonly approver: boolean }): Promise<void> {
  await takeRevision(trx, asked);
  const [before] = await aliasIn(trx, asked);
  if (!before) throw notFound("model_alias", asked.alias);
  checkEtag(asked.etag, before.revision);
  // Which version it is to stand for instead nobody could approve: so it takes the right of those who would.
  if (!asked.approver && (await neededIn(trx, asked, aliasGate(asked.alias))) > 0) throw guarded(asked.alias);
  await drop(trx, before);
}

function guarded(alias: string): SignalboxError {
  const permission = "model_version.approve";
  const message = `moving the alias "${alias}" takes approval: to take it off you need a role with ${permission}`;
  return new SignalboxError(Reason.PERMISSION_MISSING, message, { metadata: { permission } });
}

/** An alias of a model, if it stands for a version, and how many others the model has. */
async function aliasIn(trx: Db, { workspaceId, id, alias }: Aliasing): Promise<[ModelAliasRow | undefined, number]> {
  const all = await trx
    .selectFrom("registry_model_alias")
    .selectAll()
    .where("workspaceId", "=", workspaceId)
    .where("modelId", "=", id)
    .execute();
  const own = all.find((row) => row.alias === alias);
  return [own, all.length - (own ? 1 : 0)];
}

async function drop(trx: Db, { workspaceId, modelId, alias }: ModelAliasRow): Promise<void> {
  const all = trx.deleteFrom("registry_model_alias").where("workspaceId", "=", workspaceId);
  await all.where("modelId", "=", modelId).where("alias", "=", alias).execute();
}

/** `aliases:champion`, of versions. */
export const aliasField = (db: Db, workspaceId: Id): ListField => ({
  kind: "member",
  has: (row, { name }) => {
    const any = row
      .selectFrom("registry_model_alias")
      .select("registry_model_alias.alias")
      .whereRef("registry_model_alias.workspaceId", "=", "registry_model_version.workspaceId")
      .whereRef("registry_model_alias.versionId", "=", "registry_model_version.id");
    return row.exists(name === undefined ? any : any.where("registry_model_alias.alias", "=", name));
  },
  async having({ name }, limit) {
    const all = db.selectFrom("registry_model_alias").select("versionId").distinct().where("workspaceId", "=", workspaceId);
    const such = name === undefined ? all : all.where("alias", "=", name);
    return (await such.limit(limit + 1).execute()).map(({ versionId }) => versionId);
  },
});
