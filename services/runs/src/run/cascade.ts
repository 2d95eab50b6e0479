import { create, toBinary } from "@bufbuild/protobuf";
import { TagSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { CascadingTagsSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { KnownTag } from "@signalbox/runtime/resource/tags/known.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { NewEvent } from "@signalbox/runtime/store/outbox.ts";
import type { RunTable } from "../tables.ts";

/** What a run makes gets these tags: CascadingTags. Told before anything that the run makes. */
const runCascade = "run.cascade";

/** What others hear of the tags that go on to what a run makes; nothing where there are none, so that reports need not look. */
export function cascadeOf({ workspaceId, id }: Pick<RunTable, "workspaceId" | "id">, tags: readonly KnownTag[], time: Micros): NewEvent[] {
  if (tags.length === 0) return [];
  const told = tags.map((tag) =>
    create(TagSchema, { id: toUuid(tag.id), name: tag.name, exclusive: tag.exclusive, etag: etagOf(tag.revision) }),
  );
  const payload = Buffer.from(toBinary(CascadingTagsSchema, create(CascadingTagsSchema, { tags: told })));
  return [{ workspaceId, kind: runCascade, subject: id, payload, createdTime: time }];
}
