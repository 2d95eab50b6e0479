import { UseKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, newId, toId } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import { type Kysely, sql } from "kysely";
import type { ArtifactsTables } from "../tables.ts";
import { type Edge, edgesOf, keyOfConsumer, keyOfUse, kinds } from "./edges.ts";
import { keepSeen } from "./seen.ts";

type Db = Kysely<ArtifactsTables>;

const most = 1000;

/** Takes in events of runs, in the transaction that moves the cursor past them; the same events again change nothing. */
export async function takeIn(trx: Db, dialect: Dialect, events: readonly Event[]): Promise<void> {
  const own = events.filter(({ workspace }) => workspace !== "");
  const edges = own.filter(({ kind }) => kind === kinds.edges).flatMap(edgesOf);
  for (const ofWorkspace of Map.groupBy(edges, ({ workspaceId }) => workspaceId.toString("hex")).values()) {
    for (let at = 0; at < ofWorkspace.length; at += most) await addUses(trx, dialect, ofWorkspace.slice(at, at + most));
  }
  // After the edges, since nothing more is heard of a run that was deleted.
  for (const { workspace, subject } of own.filter(({ kind }) => kind === kinds.deleted)) await dropRun(trx, toId(workspace), toId(subject));
  await keepSeen(
    trx,
    dialect,
    own.map(({ workspace, time }) => ({ workspaceId: toId(workspace), time: toMicros(time) })),
  );
}

/** Adds those of these uses, all of one workspace, that are new and of versions that there are. */
async function addUses(trx: Db, dialect: Dialect, edges: readonly Edge[]): Promise<void> {
  const workspaceId = (edges[0] as Edge).workspaceId;
  const versions = distinct(edges.map(({ versionId }) => versionId));
  const found = await trx
    .selectFrom("artifacts_version")
    .select("id")
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", versions)
    .execute();
  const here = new Set(found.map(({ id }) => id.toString("hex")));
  const known = await trx
    .selectFrom("artifacts_use")
    .select(["versionId", "runId", "step", "attempt", "kind", "name"])
    .where("workspaceId", "=", workspaceId)
    .where("versionId", "in", versions)
    .where("runId", "in", distinct(edges.map(({ runId }) => runId)))
    .execute();
  const seen = new Set(known.map(keyOfUse));
  const fresh = edges.filter((edge) => here.has(edge.versionId.toString("hex")) && !seen.has(keyOfUse(edge)) && seen.add(keyOfUse(edge)));
  for (const rows of portions(fresh, () => 1024)) {
    const insert = trx.insertInto("artifacts_use").values(rows.map((edge) => ({ ...edge, id: newId() })));
    await dialect.onConflict(insert, ["workspaceId", "versionId", "runId", "step", "attempt", "kind", "name"], []).execute();
  }
  const consumers = new Set(known.filter(({ kind }) => kind === UseKind.CONSUMED).map(keyOfConsumer));
  const counts = new Map<string, number>();
  for (const edge of fresh) {
    if (edge.kind !== UseKind.CONSUMED || consumers.has(keyOfConsumer(edge))) continue;
    consumers.add(keyOfConsumer(edge));
    const version = edge.versionId.toString("hex");
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  await count(trx, workspaceId, counts);
}

/** Forgets what a run made and used. */
async function dropRun(trx: Db, workspaceId: Id, runId: Id): Promise<void> {
  const consumed = await trx
    .selectFrom("artifacts_use")
    .select(["versionId", "step"])
    .distinct()
    .where("workspaceId", "=", workspaceId)
    .where("runId", "=", runId)
    .where("kind", "=", UseKind.CONSUMED)
    .execute();
  const counts = new Map<string, number>();
  for (const { versionId } of consumed) counts.set(versionId.toString("hex"), (counts.get(versionId.toString("hex")) ?? 0) - 1);
  await count(trx, workspaceId, counts);
  await trx.deleteFrom("artifacts_use").where("workspaceId", "=", workspaceId).where("runId", "=", runId).execute();
}

/** Adds to the consumers of versions, by the version's id in hexadecimal. */
async function count(trx: Db, workspaceId: Id, counts: ReadonlyMap<string, number>): Promise<void> {
  const versions = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  for (let at = 0; at < versions.length; at += most) {
    const portion = versions.slice(at, at + most);
    const cases = portion.map(([hex, step]) => sql`when ${Buffer.from(hex, "hex")} then ${sql.lit(step)}`);
    await trx
      .updateTable("artifacts_version")
      .set({ consumerCount: sql<number>`consumer_count + case ${sql.ref("id")} ${sql.join(cases, sql` `)} else 0 end` })
      .where("workspaceId", "=", workspaceId)
      .where(
        "id",
        "in",
        portion.map(([hex]) => Buffer.from(hex, "hex")),
      )
      .execute();
  }
}

const distinct = (ids: readonly Id[]): Id[] => [...new Map(ids.map((id) => [id.toString("hex"), id])).values()];
