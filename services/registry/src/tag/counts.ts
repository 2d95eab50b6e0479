import { fromBinary } from "@bufbuild/protobuf";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { type TagCount, TagCountsSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { ResourceKind, ResourceKindSchema } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { kept, pullFrom, topicOf } from "@signalbox/runtime/events/pull.ts";
import { filterInvalid } from "@signalbox/runtime/filter/invalid.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import { type Id, toId } from "@signalbox/runtime/ids.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import { readPart } from "@signalbox/runtime/resource/parts.ts";
import { keepCounts } from "@signalbox/runtime/resource/tags/counting.ts";
import { tagCounted } from "@signalbox/runtime/resource/tags/events.ts";
import { consume } from "@signalbox/runtime/store/consume.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { MemberField } from "@signalbox/runtime/store/listing.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import { modelTags, pipelineTags, snapshotTags, templateTags, versionTags } from "../tags.ts";

type Db = Kysely<RegistryTables>;
const table = "registry_tag_count";

/** The kinds of resources that registry tags itself. */
export const ownKinds: readonly ResourceKind[] = [pipelineTags, snapshotTags, modelTags, versionTags, templateTags].map(
  ({ taggable }) => taggable.kind,
);

/** How many resources of each kind have a tag. */
export const tagged = readPart<readonly Pick<TagCount, "kind" | "count">[]>({
  none: [],
  async of(db: Db, workspaceId, tags) {
    const all = db.selectFrom(table).selectAll().where("workspaceId", "=", workspaceId).where("tagId", "in", tags);
    const rows = await all.where("count", ">", 0).orderBy("tagId").orderBy("kind").execute();
    const byTag = Map.groupBy(rows, ({ tagId }) => tagId.toString("hex"));
    return new Map([...byTag].map(([id, own]) => [id, own.map(({ kind, count }) => ({ kind, count: BigInt(count) }))]));
  },
  async drop(trx: Db, workspaceId, id) {
    await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("tagId", "=", id).execute();
  },
});

/** `resource_kind:run`, of tags that some run has. An index has the tags of each kind. */
export const kindField = (db: Db, workspaceId: Id): MemberField => ({
  kind: "member",
  has: (row, { name }) => {
    const any = row
      .selectFrom(table)
      .select(`${table}.kind`)
      .whereRef(`${table}.workspaceId`, "=", "registry_tag.workspaceId")
      .whereRef(`${table}.tagId`, "=", "registry_tag.id")
      .where(`${table}.count`, ">", 0);
    return row.exists(name === undefined ? any : any.where(`${table}.kind`, "=", kindOf(name)));
  },
  async having({ name }, most) {
    if (name === undefined) return undefined;
    const all = db.selectFrom(table).select("tagId").where("workspaceId", "=", workspaceId).where("kind", "=", kindOf(name));
    const rows = await all
      .where("count", ">", 0)
      .limit(most + 1)
      .execute();
    return rows.map(({ tagId }) => tagId);
  },
});

/** Fails with FILTER_INVALID for what is no kind. */
function kindOf(name: string): ResourceKind {
  const found = ResourceKindSchema.values.find(({ localName, number }) => number > 0 && localName === name.toUpperCase());
  if (found) return found.number as ResourceKind;
  const kinds = ResourceKindSchema.values.filter(({ number }) => number > 0 && number !== ResourceKind.PROJECT);
  throw filterInvalid(1, `"${name}" is no kind of resource; those are ${kinds.map(({ localName }) => localName.toLowerCase()).join(", ")}`);
}

/** Takes in what a service counted, in the transaction that moves the cursor past it; the same again changes nothing. */
export async function takeCounts(trx: Db, events: readonly Event[]): Promise<void> {
  for (const { workspace, subject, payload } of events) {
    const [workspaceId, tagId] = [toId(workspace), toId(subject)];
    const tag = trx.selectFrom("registry_tag").select("id").where("workspaceId", "=", workspaceId).where("id", "=", tagId);
    if (!(await tag.executeTakeFirst())) continue;
    const { counts, revision } = fromBinary(TagCountsSchema, payload);
    const rows = counts.map(({ kind, count }) => ({ workspaceId, tagId, kind, count: Number(count), revision: Number(revision) }));
    await keepCounts(trx, "registry", rows);
  }
}

interface FollowOptions {
  readonly database: Database<RegistryTables>;
  readonly peers: Peers;
  readonly wakeups: Wakeups;
  readonly onError: (error: unknown) => void;
}

/** Hears how many resources of a service have each tag, for as long as the signal lets it. */
export function followCounts({ database, peers, wakeups, onError }: FollowOptions, service: "runs" | "artifacts"): Duty {
  const pull = pullFrom(peers, service, [tagCounted]);
  return (signal) =>
    consume<RegistryTables, Event>({
      database,
      service: "registry",
      name: `tags-of-${service}`,
      pull,
      handle: takeCounts,
      async resync() {
        // What it kept is right but for what was counted before that; the service counts all anew when it starts.
        for await (const events of kept(pull)) await database.transact((trx) => takeCounts(trx, events));
      },
      wakeups,
      topic: topicOf(service),
      signal,
      onError,
    });
}
