import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { isRecorded, recordOf } from "../../audit/mutation.ts";
import { fieldInvalid, notFound } from "../../errors.ts";
import { toTimestamp } from "../../events/timestamp.ts";
import { toId, toUuid } from "../../ids.ts";
import type { Call } from "../../rpc/call.ts";
import { workspaceOf } from "../../rpc/workspace.ts";
import { type BatchNeeds, type Owned, requireChangeable } from "../batch-access.ts";
import type { TagKind } from "./kind.ts";
import type { Given } from "./reading.ts";
import { checkExclusive, type Holder } from "./taggable.ts";
import type { WantTags } from "./want.ts";

export interface TagBatchNeeds extends BatchNeeds {
  readonly want: WantTags;
}

/** What a call asks: which resources, and which tags they get and lose. */
export interface TagBatch {
  readonly ids: readonly string[];
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
}

/** A resource with the tags that it has then. */
export interface Tagged {
  readonly id: string;
  readonly tags: string[];
  readonly taggings: { readonly tag: string; readonly name: string; readonly createTime: Timestamp }[];
}

/**
 * Answers a call that changes the tags of resources of a kind, all or none. The contract lets it in with the scope of what
 * the caller may update. What the caller may not read is NOT_FOUND, what it may read only PERMISSION_MISSING.
 */
export function tagBatch(kind: TagKind, { database, outbox, clock, decisions, want }: TagBatchNeeds) {
  const { type } = kind.taggable;
  const { db, dialect } = database;

  return async ({ addTags, removeTags, ...asked }: TagBatch, call: Call): Promise<Tagged[]> => {
    if (addTags.length === 0 && removeTags.length === 0) throw fieldInvalid("add_tags", "names no tag, and remove_tags none either");
    const workspaceId = workspaceOf(call);
    const uuids = [...new Set(asked.ids.map((id) => id.toLowerCase()))];
    const ids = uuids.map(toId);
    const rows = await kind.find(db, workspaceId, ids);
    await requireChangeable({ decisions, type, verb: "tag" }, call, uuids, rows);
    const { projectId } = rows[0] as Owned;
    const tags = await want(call, projectId, addTags);
    checkExclusive(kind.taggable, tags, "add_tags");
    const tagged = await database.transact(async (trx) => {
      const there = await kind.holders(trx, workspaceId, ids);
      const byId = new Map(there.map((holder) => [toUuid(holder.id), holder]));
      const inOrder = uuids.map((id) => {
        const holder = byId.get(id);
        if (!holder) throw notFound(type, id);
        return holder;
      });
      const before = await kind.given(trx, workspaceId, ids);
      await kind.detach(trx, workspaceId, ids, await kind.called(trx, workspaceId, removeTags));
      if (tags.length > 0)
        await kind.attach(
          trx,
          dialect,
          inOrder.map((holder) => ({ holder, tags })),
          clock(),
        );
      const after = await kind.given(trx, workspaceId, ids);
      const givenIn = (all: ReadonlyMap<string, readonly Given[]>, { id }: Holder) => all.get(id.toString("hex")) ?? [];
      const namesIn = (all: ReadonlyMap<string, readonly Given[]>, holder: Holder) => givenIn(all, holder).map(({ name }) => name);
      const changed = inOrder.filter((holder) => namesIn(before, holder).join("\n") !== namesIn(after, holder).join("\n"));
      const origin = { service: outbox.service, time: clock() };
      const records = changed.flatMap((each) => recordOf(call, { subject: toUuid(each.id), project: toUuid(each.projectId) }, origin));
      await outbox.append(trx, records);
      return inOrder.map((holder) => ({
        ...{ id: toUuid(holder.id), tags: namesIn(after, holder) },
        taggings: givenIn(after, holder).map(({ tagId, name, createTime }) => ({
          ...{ tag: toUuid(tagId), name, createTime: toTimestamp(createTime) },
        })),
      }));
    });
    call.audited = isRecorded(call);
    return tagged;
  };
}
