import { ModelArtifactService } from "@signalbox/gen/signalbox/registry/v1/model_artifact_service_pb.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import type { ArtifactsTables, PruningRow, VersionRow } from "../tables.ts";
import { artifactTags } from "../tags.ts";
import { dropVersions } from "./drop.ts";

type Db = Kysely<ArtifactsTables>;

const portion = 500;

/** What is to be pruned. */
export type Order = Omit<PruningRow, "sinceTime">;

type Candidate = Pick<VersionRow, "id" | "artifactId" | "createTime">;

export interface Pruned {
  readonly versions: number;
  readonly artifacts: number;
  /** Whether all that was to go has gone. */
  readonly finished: boolean;
}

type Needs = Pick<Context, "database" | "peers">;

/**
 * Deletes the versions that no run uses and no model version consists of, and then the artifacts that have none left, in short
 * transactions; until it is told to stop.
 */
export async function prune(needs: Needs, order: Order, stopped: () => boolean): Promise<Pruned> {
  const { database } = needs;
  const { workspaceId } = order;
  let [versions, artifacts] = [0, 0];
  for await (const some of unusedOf(needs, order)) {
    const ids = some.map(({ id }) => id);
    versions += (await database.transact((trx) => dropVersions(trx, workspaceId, ids, "unused"))).length;
    if (stopped()) return { versions, artifacts, finished: false };
  }
  if (order.versionsOnly === 0) {
    for await (const ids of emptyOf(database.db, order)) {
      artifacts += await database.transact((trx) => dropEmpty(trx, workspaceId, ids));
      if (stopped()) return { versions, artifacts, finished: false };
    }
  }
  return { versions, artifacts, finished: true };
}

/** What a pruning would delete, counted by the same walk. */
export async function countPrunable(needs: Needs, order: Order): Promise<Pruned> {
  const { db } = needs.database;
  const perArtifact = new Map<string, number>();
  let versions = 0;
  for await (const some of unusedOf(needs, order)) {
    versions += some.length;
    for (const { artifactId } of some) perArtifact.set(artifactId.toString("hex"), (perArtifact.get(artifactId.toString("hex")) ?? 0) + 1);
  }
  let artifacts = 0;
  if (order.versionsOnly === 0) {
    for await (const ids of emptyOf(db, order)) artifacts += ids.length;
    const touched = [...perArtifact.keys()].map((hex) => Buffer.from(hex, "hex"));
    for (let at = 0; at < touched.length; at += portion) {
      const own = db.selectFrom("artifacts_version").where("workspaceId", "=", order.workspaceId);
      const counts = await own
        .where("artifactId", "in", touched.slice(at, at + portion))
        .groupBy("artifactId")
        .select((row) => ["artifactId", row.fn.countAll<number>().as("count")] as const)
        .execute();
      artifacts += counts.filter(({ artifactId, count }) => Number(count) === perArtifact.get(artifactId.toString("hex"))).length;
    }
  }
  return { versions, artifacts, finished: true };
}

/** The versions that are to go, oldest first, some at a time. */
async function* unusedOf({ database: { db, dialect }, peers }: Needs, { workspaceId, projectId, beforeTime }: Order) {
  for (let last: Candidate | undefined; ; ) {
    const { createTime = 0, id = noId } = last ?? {};
    const all = db.selectFrom("artifacts_version").select(["id", "artifactId", "createTime"]).where("workspaceId", "=", workspaceId);
    const query = all
      .where("unused", "=", 1)
      .where("projectId", "=", projectId)
      .where("createTime", "<", beforeTime)
      .where((row) => row.or([row("createTime", ">", createTime), row.and([row("createTime", "=", createTime), row("id", ">", id)])]))
      .orderBy("createTime")
      .orderBy("id")
      .limit(portion);
    const some: Candidate[] = await dialect.readBy(query, "artifacts_version_unused").execute();
    last = some.at(-1);
    if (!last) return;
    const asked = { workspace: toUuid(workspaceId), artifactVersions: some.map((each) => toUuid(each.id)) };
    const { artifactVersions: linked } = await peers(ModelArtifactService).resolveLinkedArtifacts(asked);
    const kept = new Set(linked);
    yield some.filter((each) => !kept.has(toUuid(each.id)));
  }
}

/** The artifacts that have no versions, some at a time. */
async function* emptyOf(db: Db, { workspaceId, projectId, beforeTime }: Order): AsyncGenerator<Id[]> {
  for (let last: Id = noId; ; ) {
    const all = db.selectFrom("artifacts_artifact").select("id").where("workspaceId", "=", workspaceId).where("projectId", "=", projectId);
    const empty = all.where("latestNumber", "=", 0).where("createTime", "<", beforeTime).where("id", ">", last);
    const ids = (await empty.orderBy("id").limit(portion).execute()).map(({ id }) => id);
    if (ids.length === 0) return;
    last = ids.at(-1) as Id;
    yield ids;
  }
}

/** Deletes those of these artifacts that still have no versions; resolves with how many. */
async function dropEmpty(trx: Db, workspaceId: Id, artifacts: readonly Id[]): Promise<number> {
  const all = trx.deleteFrom("artifacts_artifact").where("workspaceId", "=", workspaceId).where("id", "in", artifacts);
  const { numDeletedRows } = await all.where("latestNumber", "=", 0).executeTakeFirstOrThrow();
  const left = trx.selectFrom("artifacts_artifact").select("id").where("workspaceId", "=", workspaceId).where("id", "in", artifacts);
  const kept = new Set((await left.execute()).map(({ id }) => id.toString("hex")));
  await artifactTags.drop(
    trx,
    workspaceId,
    artifacts.filter((id) => !kept.has(id.toString("hex"))),
  );
  return Number(numDeletedRows);
}
