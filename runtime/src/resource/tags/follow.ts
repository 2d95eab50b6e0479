import { fromBinary } from "@bufbuild/protobuf";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { TagSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import type { Kysely } from "kysely";
import type { Wakeups } from "../../cache/wakeups.ts";
import { pullFrom, topicOf } from "../../events/pull.ts";
import type { Duty } from "../../host/part.ts";
import { type Id, toId, toUuid } from "../../ids.ts";
import type { Peers } from "../../peers/peers.ts";
import { consume } from "../../store/consume.ts";
import { whileLeader } from "../../store/leader.ts";
import { lease } from "../../store/lease.ts";
import type { Outbox } from "../../store/outbox.ts";
import { countingTags } from "./counting.ts";
import { tagChanged, tagDeleted } from "./events.ts";
import { knownTag, tagNames } from "./known.ts";
import { type KnownTagTable, tagTables } from "./tables.ts";
import { type TidyOptions, tidyTags } from "./tidy.ts";

export interface FollowOptions extends TidyOptions {
  readonly outbox: Outbox;
  readonly peers: Peers;
  readonly wakeups: Wakeups;
  readonly onError: (error: unknown) => void;
}

/** As many as registry tells of at once. */
const asked = 1000;

/** Hears from registry which tags were renamed, became exclusive or were deleted, for as long as the signal lets it. */
function followTags({ database, service, clock, peers, wakeups, onError }: FollowOptions): Duty {
  const names = tagNames(service, database.dialect);

  // biome-ignore lint/suspicious/noExplicitAny: any transaction of the service
  async function take(trx: Kysely<any>, events: readonly Event[]): Promise<void> {
    for (const { kind, workspace, subject, payload } of events) {
      const workspaceId = toId(workspace);
      if (kind === tagDeleted) await names.forget(trx, [{ workspaceId, id: toId(subject) }], clock());
      else await names.learn(trx, [knownTag(workspaceId, fromBinary(TagSchema, payload))], clock());
    }
  }

  /** Asks registry about every tag that is known here. */
  async function compare(): Promise<void> {
    const table = tagTables(service).names.name;
    const there: Pick<KnownTagTable, "workspaceId" | "id">[] = await database.db
      .selectFrom(table)
      .select(["workspaceId", "id"])
      .where("goneTime", "=", 0)
      .execute();
    for (const own of Map.groupBy(there, ({ workspaceId }) => toUuid(workspaceId)).values()) {
      for (let at = 0; at < own.length; at += asked) await compareSome(own.slice(at, at + asked));
    }
  }

  async function compareSome(some: readonly { readonly workspaceId: Id; readonly id: Id }[]): Promise<void> {
    const [{ workspaceId }] = some as readonly [{ workspaceId: Id }, ...typeof some];
    const { tags } = await peers(TagService).resolveTags({ workspace: toUuid(workspaceId), ids: some.map(({ id }) => toUuid(id)) });
    const found = new Set(tags.map(({ id }) => id));
    await database.transact(async (trx) => {
      const known = tags.map((tag) => knownTag(workspaceId, tag));
      await names.learn(trx, known, clock());
      const gone = some.filter(({ id }) => !found.has(toUuid(id)));
      await names.forget(trx, gone, clock());
    });
  }

  return (signal) =>
    consume<unknown, Event>({
      database,
      service,
      name: "registry-tags",
      pull: pullFrom(peers, "registry", [tagChanged, tagDeleted]),
      handle: take,
      resync: compare,
      wakeups,
      topic: topicOf("registry"),
      signal,
      onError,
    });
}

/** Tidies up what the changes of tags leave behind, every few seconds and on one replica at a time. */
export function tidying({ onError, ...options }: TidyOptions & Pick<FollowOptions, "onError">): Duty {
  const held = lease(options.database as never, options.service, "tags");
  const done = new Set<string>();
  return (signal) =>
    whileLeader(held, { ttlMs: 15_000, everyMs: 5000, work: (leading) => tidyTags(options, done, leading), signal, onError });
}

/** The duties of a service that attaches tags. */
export const tagDuties = (options: FollowOptions): Duty[] => [
  followTags(options),
  tidying(options),
  countingTags(options, options.onError),
];
