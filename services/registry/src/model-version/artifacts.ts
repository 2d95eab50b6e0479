import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type ModelArtifactKind,
  ModelArtifactKindSchema,
  type ModelArtifactSchema,
} from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, idWithin, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { principalField } from "@signalbox/runtime/resource/lists.ts";
import type { Part } from "@signalbox/runtime/resource/parts.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import type { Kysely } from "kysely";
import type { ModelArtifactRow } from "../model/tables.ts";
import { outdateApprovals } from "../promotion/gate.ts";
import type { RegistryTables } from "../tables.ts";
import { changeLinks, dropLinks, linksThere } from "./links.ts";

type Db = Kysely<RegistryTables>;
const table = "registry_model_artifact";

/** So many of its artifacts a version shows itself. */
const shown = 100;

/** Those of them that it shows. */
export const firstOf = (artifacts: readonly ShownArtifact[]): ShownArtifact[] => artifacts.slice(0, shown);

/** What is to be linked, as requests have it. */
export interface Linked {
  readonly name: string;
  readonly artifactVersion: string;
  readonly kind: ModelArtifactKind;
  readonly customName: boolean;
}

/** And as versions show it. */
type ShownArtifact = Linked & Partial<ReturnType<typeof toModelArtifact>>;

const linkId = (versionId: Id, { name, artifactVersion }: Pick<Linked, "name" | "artifactVersion">): Id =>
  idWithin(versionId, Buffer.concat([toId(artifactVersion), Buffer.from(name)]));

/** Those of these that differ, by the id of their link in hexadecimal. */
const distinct = (versionId: Id, artifacts: readonly Linked[]): ReadonlyMap<string, Linked> =>
  new Map(artifacts.map((each) => [linkId(versionId, each).toString("hex"), each]));

/** How many links these make. */
export const linkCount = (artifacts: readonly Linked[]): number => distinct(noId, artifacts).size;

export const toModelArtifact = (row: ModelArtifactRow, { principalRef }: Pick<Policy, "principalRef">) => {
  const { id, versionId, name, artifactVersionId, kind, customName, ownerId, createTime } = row;
  return {
    ...{ id: toUuid(id), modelVersion: toUuid(versionId), name, artifactVersion: toUuid(artifactVersionId), kind },
    ...{ customName: customName === 1, ...(!ownerId.equals(noId) && { owner: principalRef(ownerId) }) },
    createTime: toTimestamp(createTime),
  } satisfies MessageInitShape<typeof ModelArtifactSchema>;
};

export const artifactLinks = (principals: Pick<Policy, "facts">) =>
  ({
    table,
    of: "versionId",
    fields: {
      name: { kind: "text", column: `${table}.name`, sortable: true },
      kind: { kind: "enum", column: `${table}.kind`, enum: ModelArtifactKindSchema },
      artifact_version: { kind: "id", column: `${table}.artifactVersionId` },
      custom_name: { kind: "flag", column: `${table}.customName` },
      owner: principalField(`${table}.ownerId`, principals),
    },
  }) as const;

/** What of its artifacts a version shows itself, in order, and one more: so it is known whether it has others. */
export const modelArtifacts = (policy: Pick<Policy, "principalRef">): Part<readonly ShownArtifact[]> => ({
  none: [],
  async of(db: Db, workspaceId, versions) {
    const all = db.selectFrom(table).selectAll().where("workspaceId", "=", workspaceId).where("versionId", "in", versions);
    const rows = await all.where("position", "<=", shown).orderBy("versionId").orderBy("position").execute();
    const byVersion = Map.groupBy(rows, ({ versionId }) => versionId.toString("hex"));
    return new Map([...byVersion].map(([id, own]) => [id, own.map((row) => toModelArtifact(row, policy))]));
  },
  same: (a, b) =>
    a.length === b.length &&
    a.every(({ name, artifactVersion, kind, customName }, at) => {
      const other = b[at];
      const alike = name === other?.name && kind === other.kind && customName === other.customName;
      return alike && toId(artifactVersion).equals(toId(other.artifactVersion));
    }),
  /** In place of all that there are, also those that it does not show. */
  async set(trx: Db, workspaceId, id, artifacts, { by }) {
    const place = { workspaceId, id };
    const version = trx.selectFrom("registry_model_version").select("updateTime").where("workspaceId", "=", workspaceId);
    const { updateTime } = await version.where("id", "=", id).executeTakeFirstOrThrow();
    await dropLinks(trx, table, place);
    await outdateApprovals(trx, place, updateTime);
    const asked = [...distinct(id, artifacts).values()];
    await insert(trx, { ...place, by, now: updateTime }, asked, 0);
    const counted = trx.updateTable("registry_model_version").set({ artifactCount: asked.length });
    await counted.where("workspaceId", "=", workspaceId).where("id", "=", id).execute();
  },
  drop: async (trx: Db, workspaceId, id) => void (await dropLinks(trx, table, { workspaceId, id })),
});

type Changing = Place & { readonly by: Id; readonly now: Micros };

/** Links artifacts to a version, in a transaction; resolves with the links, in the order asked for. Fails with NOT_FOUND. */
export async function addArtifacts(trx: Db, place: Changing, artifacts: readonly Linked[]): Promise<ModelArtifactRow[]> {
  const asked = distinct(place.id, artifacts);
  const ids = [...asked.keys()].map((hex) => Buffer.from(hex, "hex"));
  await changeLinks(trx, table, place, async () => {
    const there = await linksThere(trx, table, place, ids);
    const missing = [...asked].filter(([hex]) => !there.has(hex)).map(([, each]) => each);
    await insert(trx, place, missing, await nextPlace(trx, place));
    return missing.length;
  });
  const rows = await trx.selectFrom(table).selectAll().where("workspaceId", "=", place.workspaceId).where("id", "in", ids).execute();
  const byId = new Map(rows.map((row) => [row.id.toString("hex"), row]));
  return [...asked.keys()].flatMap((hex) => byId.get(hex) ?? []);
}

/** Takes artifacts off a version by what names them, or all; resolves with how many. Fails with NOT_FOUND. */
export async function removeArtifacts(trx: Db, place: Changing, named: readonly string[] | "all"): Promise<number> {
  const removed = await changeLinks(trx, table, place, async () => {
    if (named === "all") return -(await dropLinks(trx, table, place));
    const ids = named.filter(isUuid).map(toId);
    const gone = await dropLinks(trx, table, place, { id: ids, artifactVersionId: ids, name: named });
    if (gone > 0) await closeGaps(trx, place);
    return -gone;
  });
  return -removed;
}

async function insert(
  trx: Db,
  { workspaceId, id: versionId, by, now }: Changing,
  artifacts: readonly Linked[],
  from: number,
): Promise<void> {
  const rows = artifacts.map((each, at) => ({
    ...{ workspaceId, versionId, position: from + at, name: each.name, artifactVersionId: toId(each.artifactVersion) },
    ...{ id: linkId(versionId, each), kind: each.kind, customName: Number(each.customName), ownerId: by, createTime: now },
  }));
  for (const some of portions(rows, () => 512, 500)) await trx.insertInto(table).values(some).execute();
}

async function nextPlace(trx: Db, { workspaceId, id }: Place): Promise<number> {
  const all = trx.selectFrom(table).select("position").where("workspaceId", "=", workspaceId).where("versionId", "=", id);
  const last = await all.orderBy("position", "desc").limit(1).executeTakeFirst();
  return last ? last.position + 1 : 0;
}

/** The first are those that a version shows: whatever follows moves up to where something went. */
async function closeGaps(trx: Db, { workspaceId, id }: Place): Promise<void> {
  const all = trx.selectFrom(table).select(["id", "position"]).where("workspaceId", "=", workspaceId).where("versionId", "=", id);
  const first = await all
    .orderBy("position")
    .limit(shown + 1)
    .execute();
  for (const [position, link] of first.entries()) {
    if (link.position === position) continue;
    await trx.updateTable(table).set({ position }).where("workspaceId", "=", workspaceId).where("id", "=", link.id).execute();
  }
}
