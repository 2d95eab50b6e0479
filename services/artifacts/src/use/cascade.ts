import { fromBinary } from "@bufbuild/protobuf";
import { UseKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { CascadingTagsSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, toId } from "@signalbox/runtime/ids.ts";
import { type KnownTag, knownTag } from "@signalbox/runtime/resource/tags/known.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import type { Kysely } from "kysely";
import type { ArtifactsTables } from "../tables.ts";
import { versionTags } from "../tags.ts";
import { distinct, type Edge } from "./edges.ts";

type Db = Kysely<ArtifactsTables>;

/** Versions whose tags are given in one go. */
const most = 500;

/** Keeps which tags go on to what runs make, and gives them to what is known already as made by them. */
export async function takeCascades(trx: Db, dialect: Dialect, events: readonly Event[]): Promise<void> {
  for (const { workspace, subject, payload, time } of events) {
    const [workspaceId, runId] = [toId(workspace), toId(subject)];
    const tags = fromBinary(CascadingTagsSchema, payload).tags.map((tag) => knownTag(workspaceId, tag));
    const rows = tags.map(({ id: tagId, name, exclusive, revision }) => ({
      ...{ workspaceId, runId, tagId, name, exclusive: Number(exclusive), revision },
    }));
    for (const some of portions(rows, () => 512)) {
      await dialect.onConflict(trx.insertInto("artifacts_cascade").values(some), ["workspaceId", "runId", "tagId"], []).execute();
    }
    const uses = trx.selectFrom("artifacts_use").select("versionId").where("workspaceId", "=", workspaceId).where("runId", "=", runId);
    const made = (await uses.where("kind", "=", UseKind.PRODUCED).execute()).map(({ versionId }) => versionId);
    if (made.length > 0) await give(trx, dialect, { workspaceId, runId, tags, versions: distinct(made), time: toMicros(time) });
  }
}

/** Gives versions the tags of the runs that made them, where these go on: told by new edges, all of one workspace. */
export async function cascade(trx: Db, dialect: Dialect, workspaceId: Id, edges: readonly Edge[]): Promise<void> {
  const made = Map.groupBy(
    edges.filter(({ kind }) => kind === UseKind.PRODUCED),
    ({ runId }) => runId.toString("hex"),
  );
  if (made.size === 0) return;
  const runs = distinct([...made.values()].map(([edge]) => (edge as Edge).runId));
  const all = trx.selectFrom("artifacts_cascade").selectAll().where("workspaceId", "=", workspaceId).where("runId", "in", runs);
  const byRun = Map.groupBy(await all.execute(), ({ runId }) => runId.toString("hex"));
  for (const [hex, rows] of byRun) {
    const own = made.get(hex) ?? [];
    const tags = rows.map(({ tagId: id, name, exclusive, revision }) => ({ workspaceId, id, name, exclusive: exclusive === 1, revision }));
    const versions = distinct(own.map(({ versionId }) => versionId));
    await give(trx, dialect, { workspaceId, runId: Buffer.from(hex, "hex"), tags, versions, time: (own[0] as Edge).time });
  }
}

interface Giving {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly tags: readonly KnownTag[];
  readonly versions: readonly Id[];
  readonly time: Micros;
}

/** Only to what the run made itself: what served again from another run has the tags of that one. */
async function give(trx: Db, dialect: Dialect, { workspaceId, runId, tags, versions, time }: Giving): Promise<void> {
  const current = await living(trx, tags);
  if (current.length === 0) return;
  for (let at = 0; at < versions.length; at += most) {
    const columns = ["workspaceId", "id", "projectId", "createTime", "artifactId"] as const;
    const all = trx.selectFrom("artifacts_version").select(columns).where("workspaceId", "=", workspaceId);
    const own = all.where("producerRunId", "=", runId).where("id", "in", versions.slice(at, at + most));
    const holders = await own.orderBy("createTime").orderBy("id").execute();
    await versionTags.attach(
      trx,
      dialect,
      holders.map((holder) => ({ holder, tags: current })),
      time,
    );
  }
}

/** These tags as they are by now, as far as it was heard; those that were deleted are left out. */
async function living(trx: Db, tags: readonly KnownTag[]): Promise<KnownTag[]> {
  const [first] = tags;
  if (!first) return [];
  const all = trx.selectFrom("artifacts_known_tag").selectAll().where("workspaceId", "=", first.workspaceId);
  const ids = tags.map(({ id }) => id);
  const known = new Map((await all.where("id", "in", ids).execute()).map((row) => [row.id.toString("hex"), row]));
  return tags.flatMap((tag) => {
    const now = known.get(tag.id.toString("hex"));
    if (!now) return [tag];
    return now.goneTime > 0 ? [] : [{ ...tag, name: now.name, exclusive: now.exclusive === 1, revision: now.revision }];
  });
}
