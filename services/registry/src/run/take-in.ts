import { fromBinary } from "@bufbuild/protobuf";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { RunSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, keyIn, noId, toId } from "@signalbox/runtime/ids.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import { keepNewest, loseNewest } from "./latest.ts";
import type { RunRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** What runs tells: a run was created or stands elsewhere, a run was deleted. */
export const kinds = { status: "run.status", deleted: "run.deleted" } as const;

/** Takes in events of runs, in the transaction that moves the cursor past them; the same events again change nothing. */
export async function takeIn(trx: Db, events: readonly Event[]): Promise<void> {
  const own = events.filter(({ workspace }) => workspace !== "");
  for (const told of Map.groupBy(own, ({ workspace }) => workspace).values()) {
    const workspaceId = toId((told[0] as Event).workspace);
    const rows = latestOf(told.filter(({ kind }) => kind === kinds.status).map(toRow));
    if (rows.length > 0) await keep(trx, workspaceId, rows);
    // After these, since nothing more is heard of a run that was deleted.
    const gone = told.filter(({ kind }) => kind === kinds.deleted).map(({ subject }) => toId(subject));
    if (gone.length > 0) await forget(trx, workspaceId, gone);
  }
}

type Told = Omit<RunRow, "templateId">;

function toRow({ workspace, payload }: Event): Told {
  const run = fromBinary(RunSchema, payload);
  return {
    ...{ workspaceId: toId(workspace), id: toId(run.id), projectId: toId(run.project) },
    ...{ pipelineId: toId(run.pipeline), snapshotId: toId(run.snapshot), ownerId: run.owner ? toId(run.owner.id) : noId },
    ...{ name: run.name, index: Number(run.index), status: run.status, revision: Number(run.revision) },
    createTime: toMicros(run.createTime),
  };
}

/** Of each run what was told last. */
function latestOf(rows: readonly Told[]): Told[] {
  const latest = new Map<string, Told>();
  for (const row of rows) {
    const key = keyIn(row.workspaceId, row.id);
    if ((latest.get(key)?.revision ?? -1) < row.revision) latest.set(key, row);
  }
  return [...latest.values()];
}

/** Keeps those of these runs, all of one workspace, of which nothing later is known. */
async function keep(trx: Db, workspaceId: Id, rows: readonly Told[]): Promise<void> {
  const ids = rows.map(({ id }) => id);
  const there = trx.selectFrom("registry_run").select(["id", "revision"]).where("workspaceId", "=", workspaceId);
  const known = new Map((await there.where("id", "in", ids).execute()).map(({ id, revision }) => [id.toString("hex"), revision]));
  const news = rows.filter(({ id, revision }) => (known.get(id.toString("hex")) ?? -1) < revision);
  if (news.length === 0) return;
  const snapshots = trx.selectFrom("registry_snapshot").select(["id", "templateId"]).where("workspaceId", "=", workspaceId);
  const of = snapshots.where(
    "id",
    "in",
    news.map(({ snapshotId }) => snapshotId),
  );
  const templates = new Map((await of.execute()).map(({ id, templateId }) => [id.toString("hex"), templateId]));
  const whole = news.map((row): RunRow => ({ ...row, templateId: templates.get(row.snapshotId.toString("hex")) ?? noId }));
  const replaced = whole.filter(({ id }) => known.has(id.toString("hex"))).map(({ id }) => id);
  const old = trx.deleteFrom("registry_run").where("workspaceId", "=", workspaceId);
  if (replaced.length > 0) await old.where("id", "in", replaced).execute();
  for (const some of portions(whole, () => 512)) await trx.insertInto("registry_run").values(some).execute();
  await keepNewest(trx, workspaceId, whole);
}

/** Forgets runs, so that those before them show again. */
async function forget(trx: Db, workspaceId: Id, ids: readonly Id[]): Promise<void> {
  const own = trx.selectFrom("registry_run").selectAll().where("workspaceId", "=", workspaceId).where("id", "in", ids);
  const gone = await own.execute();
  await trx.deleteFrom("registry_run").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  await loseNewest(trx, workspaceId, gone);
}
