import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ModelRunSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { idWithin, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import type { Kysely } from "kysely";
import type { ModelRunRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";
import { changeLinks, dropLinks, linksThere } from "./links.ts";

type Db = Kysely<RegistryTables>;
type Changing = Place & { readonly now: Micros };
const table = "registry_model_run";

export const toModelRun = ({ id, versionId, runId, createTime }: ModelRunRow) =>
  ({
    ...{ id: toUuid(id), modelVersion: toUuid(versionId), run: toUuid(runId) },
    createTime: toTimestamp(createTime),
  }) satisfies MessageInitShape<typeof ModelRunSchema>;

export const runLinks = { table, of: "versionId", fields: { run: { kind: "id", column: `${table}.runId` } } } as const;

/** Links runs to a version, in a transaction; resolves with the links, in the order asked for. Fails with NOT_FOUND. */
export async function addRuns(trx: Db, place: Changing, uuids: readonly string[]): Promise<ModelRunRow[]> {
  const { workspaceId, id: versionId, now } = place;
  const runs = [...new Set(uuids.map((uuid) => uuid.toLowerCase()))].map(toId);
  const asked = new Map(runs.map((runId) => [idWithin(versionId, runId).toString("hex"), runId]));
  const ids = [...asked.keys()].map((hex) => Buffer.from(hex, "hex"));
  await changeLinks(trx, table, place, async () => {
    const there = await linksThere(trx, table, place, ids);
    const missing = [...asked].filter(([hex]) => !there.has(hex));
    const rows = missing.map(([hex, runId]) => ({ workspaceId, versionId, id: Buffer.from(hex, "hex"), runId, createTime: now }));
    if (rows.length > 0) await trx.insertInto(table).values(rows).execute();
    return rows.length;
  });
  const rows = await trx.selectFrom(table).selectAll().where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
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
