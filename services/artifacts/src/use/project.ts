import { UseKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, newId, noId, toId } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import { type Kysely, sql } from "kysely";
import { dropShownWith } from "../curated/store.ts";
import type { ArtifactsTables, VersionRow } from "../tables.ts";
import { cascade, takeCascades } from "./cascade.ts";
import { distinct, type Edge, edgesOf, keyOfConsumer, keyOfUse, kinds } from "./edges.ts";
import { keepSeen } from "./seen.ts";

type Db = Kysely<ArtifactsTables>;

const most = 1000;

/** Takes in events of runs, in the transaction that moves the cursor past them; the same events again change nothing. */
export async function takeIn(trx: Db, dialect: Dialect, events: readonly Event[]): Promise<void> {
  const own = events.filter(({ workspace }) => workspace !== "");
  await takeCascades(
    trx,
    dialect,
    own.filter(({ kind }) => kind === kinds.cascade),
  );
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
    .select(["id", "unused", "producerRunId"])
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
  await adopt(trx, workspaceId, found, fresh);
  await cascade(trx, dialect, workspaceId, fresh);
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

type Found = Pick<VersionRow, "id" | "unused" | "producerRunId">;

/** Marks versions as used, and tells who produced those that no run registered: seldom any, since steps register what they make. */
async function adopt(trx: Db, workspaceId: Id, found: readonly Found[], edges: readonly Edge[]): Promise<void> {
  const using = new Set(edges.map(({ versionId }) => versionId.toString("hex")));
  const marked = found.filter(({ id, unused }) => unused === 1 && using.has(id.toString("hex"))).map(({ id }) => id);
  const all = trx.updateTable("artifacts_version").where("workspaceId", "=", workspaceId);
  if (marked.length > 0) await all.set({ unused: 0 }).where("id", "in", marked).execute();
  for (const { id, producerRunId } of found) {
    if (!producerRunId.equals(noId)) continue;
    const edge = edges.find(({ versionId, kind }) => kind === UseKind.PRODUCED && versionId.equals(id));
    if (edge) await all.set({ producerRunId: edge.runId, producerStep: edge.step }).where("id", "=", id).execute();
  }
}

/** Forgets what a run made and used. */
async function dropRun(trx: Db, workspaceId: Id, runId: Id): Promise<void> {
  await dropShownWith(trx, workspaceId, ResourceKind.RUN, [runId]);
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
  const uses = trx.selectFrom("artifacts_use").select("versionId").where("workspaceId", "=", workspaceId).where("runId", "=", runId);
  const made = trx.selectFrom("artifacts_version").select("id").where("workspaceId", "=", workspaceId).where("producerRunId", "=", runId);
  const left = distinct([...(await uses.execute()).map(({ versionId }) => versionId), ...(await made.execute()).map(({ id }) => id)]);
  await trx.deleteFrom("artifacts_use").where("workspaceId", "=", workspaceId).where("runId", "=", runId).execute();
  await trx.deleteFrom("artifacts_cascade").where("workspaceId", "=", workspaceId).where("runId", "=", runId).execute();
  for (let at = 0; at < left.length; at += most) await release(trx, workspaceId, left.slice(at, at + most));
}

/** Marks those of these versions as unused that no run has any more. */
async function release(trx: Db, workspaceId: Id, versions: readonly Id[]): Promise<void> {
  await trx
    .updateTable("artifacts_version")
    .set({ unused: 1 })
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", versions)
    .where((row) => {
      const uses = row.selectFrom("artifacts_use").select("artifacts_use.versionId");
      const own = uses.whereRef("artifacts_use.workspaceId", "=", "artifacts_version.workspaceId");
      return row.not(row.exists(own.whereRef("artifacts_use.versionId", "=", "artifacts_version.id")));
    })
    .execute();
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
