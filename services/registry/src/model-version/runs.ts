import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ModelRunSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, idWithin, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { principalField } from "@signalbox/runtime/resource/lists.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import type { Kysely } from "kysely";
import type { ModelRunRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";
import { changeLinks, dropLinks, linksThere } from "./links.ts";

type Db = Kysely<RegistryTables>;
type Changing = Place & { readonly by: Id; readonly now: Micros };
const table = "registry_model_run";

/** A link with the name of the run, as far as it was heard of. */
type NamedRun = ModelRunRow & { readonly runName: string | null };

export const toModelRun = (row: NamedRun, { principalRef }: Pick<Policy, "principalRef">) => {
  const { id, versionId, runId, runName, ownerId, createTime } = row;
  return {
    ...{ id: toUuid(id), modelVersion: toUuid(versionId), run: toUuid(runId), runName: runName ?? "" },
    ...{ createTime: toTimestamp(createTime), ...(!ownerId.equals(noId) && { owner: principalRef(ownerId) }) },
  } satisfies MessageInitShape<typeof ModelRunSchema>;
};

/** One more than a filter may match. */
const most = 1001;

/** The runs that are linked to a version, the newest links first; at most 1,001. */
export async function runsOfVersion(db: Db, workspaceId: Id, versionId: Id): Promise<Id[]> {
  const links = db.selectFrom(table).select("runId").where("workspaceId", "=", workspaceId).where("versionId", "=", versionId);
  const rows = await links.orderBy("createTime", "desc").orderBy("id", "desc").limit(most).execute();
  return rows.map(({ runId }) => runId);
}

const namedRuns = (db: Db) =>
  db
    .selectFrom(table)
    .leftJoin("registry_run", (join) =>
      join.onRef("registry_run.workspaceId", "=", `${table}.workspaceId`).onRef("registry_run.id", "=", `${table}.runId`),
    )
    .selectAll(table)
    .select("registry_run.name as runName");

export const runLinks = (principals: Pick<Policy, "facts">) =>
  ({
    table,
    of: "versionId",
    query: namedRuns,
    fields: {
      run: { kind: "id", column: `${table}.runId` },
      run_name: { kind: "text", column: "registry_run.name" },
      owner: principalField(`${table}.ownerId`, principals),
    },
  }) as const;

/** Links runs to a version, in a transaction; resolves with the links, in the order asked for. Fails with NOT_FOUND. */
export async function addRuns(trx: Db, place: Changing, uuids: readonly string[]): Promise<NamedRun[]> {
  const { workspaceId, id: versionId, by, now } = place;
  const runs = [...new Set(uuids.map((uuid) => uuid.toLowerCase()))].map(toId);
  const asked = new Map(runs.map((runId) => [idWithin(versionId, runId).toString("hex"), runId]));
  const ids = [...asked.keys()].map((hex) => Buffer.from(hex, "hex"));
  await changeLinks(trx, table, place, async () => {
    const there = await linksThere(trx, table, place, ids);
    const missing = [...asked].filter(([hex]) => !there.has(hex));
    const rows = missing.map(([hex, runId]) => ({
      ...{ workspaceId, versionId, id: Buffer.from(hex, "hex"), runId, ownerId: by, createTime: now },
    }));
    if (rows.length > 0) await trx.insertInto(table).values(rows).execute();
    return rows.length;
  });
  const rows = await namedRuns(trx).where(`${table}.workspaceId`, "=", workspaceId).where(`${table}.id`, "in", ids).execute();
  const byId = new Map(rows.map((row) => [row.id.toString("hex"), row]));
  return [...asked.keys()].flatMap((hex) => byId.get(hex) ?? []);
}

/** Takes runs off a version by the ids of links or runs, or all; resolves with how many. Fails with NOT_FOUND. */
export async function removeRuns(trx: Db, place: Changing, uuids: readonly string[] | "all"): Promise<number> {
  const ids = uuids === "all" ? [] : uuids.map(toId);
  const removed = await changeLinks(trx, table, place, async () => {
    const gone = await dropLinks(trx, table, place, uuids === "all" ? undefined : { id: ids, runId: ids });
    return -gone;
  });
  return -removed;
}
