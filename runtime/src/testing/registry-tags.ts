import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Event, EventSchema, EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { type Tag, TagSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { isUuid } from "../ids.ts";
import { fake } from "./part.ts";
import { newUuid } from "./world.ts";

/** A registry that knows some tags, and tells of their changes. */
export function registryTags(workspace: () => string) {
  const tags = new Map<string, Tag>();
  const log: Event[] = [];
  const tell = (kind: string, subject: string, payload?: Uint8Array) =>
    log.push(create(EventSchema, { workspace: workspace(), sequence: BigInt(log.length + 1), kind, subject, ...(payload && { payload }) }));
  const keep = (tag: Tag): Tag => {
    tags.set(tag.id, tag);
    tell("tag.changed", tag.id, toBinary(TagSchema, tag));
    return tag;
  };
  const make = (name: string, exclusive = false) => keep(create(TagSchema, { id: newUuid(), name, exclusive, etag: "r1" }));
  function find(reference: string): Tag {
    const found = tags.get(reference) ?? [...tags.values()].find(({ name }) => name === reference);
    if (!found && isUuid(reference)) throw new ConnectError("no such tag", Code.NotFound);
    return found ?? make(reference);
  }
  const pull = (after: bigint) => ({ events: log.filter(({ sequence }) => sequence > after), upto: BigInt(log.length) });
  const registry = fake(TagService, { ensureTags: (request) => ({ tags: request.tags.map(find) }) });
  // A service that follows registry for nothing else.
  const events = fake(EventService, {
    pullEvents: ({ after, kinds }) => (kinds.includes("tag.changed") ? pull(after) : { upto: after }),
  });
  return {
    /** What answers its calls, and what tells its log to those who follow nothing else. */
    fakes: [registry, events] as const,
    pull,
    make,
    change: (tag: Tag, changes: Partial<Pick<Tag, "name" | "exclusive">>) =>
      keep(create(TagSchema, { ...tag, ...changes, etag: `r${Number(tag.etag.slice(1)) + 1}` })),
    remove(tag: Tag) {
      tags.delete(tag.id);
      tell("tag.deleted", tag.id);
    },
  };
}
