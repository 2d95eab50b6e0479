import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { isRecorded, recordOf } from "../../audit/mutation.ts";
import type { Clock } from "../../clock.ts";
import { fieldInvalid, notFound, SignalboxError } from "../../errors.ts";
import { type Id, toId, toUuid } from "../../ids.ts";
import { permissionName, readerOf } from "../../policy/catalogue.ts";
import type { Decisions } from "../../policy/decide.ts";
import type { Call } from "../../rpc/call.ts";
import { callerId, workspaceOf } from "../../rpc/workspace.ts";
import type { Database } from "../../store/database.ts";
import type { Outbox } from "../../store/outbox.ts";
import { isVisible } from "../../store/visible.ts";
import { grantedScope } from "../granted.ts";
import type { TagKind } from "./kind.ts";
import { checkExclusive, type Holder } from "./taggable.ts";
import type { WantTags } from "./want.ts";

export interface TagBatchNeeds {
  // biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
  readonly database: Database<any>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly decisions: Decisions;
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
}

type Owned = Holder & { readonly ownerId: Id };

/**
 * Answers a call that changes the tags of resources of a kind, all or none. The contract lets it in with the scope of what
 * the caller may update. What the caller may not read is NOT_FOUND, what it may read only PERMISSION_MISSING.
 */
export function tagBatch(kind: TagKind, { database, outbox, clock, decisions, want }: TagBatchNeeds) {
  const { type } = kind.taggable;
  const { db, dialect } = database;

  async function check(call: Call, ids: readonly string[], rows: readonly Owned[]): Promise<void> {
    const visible = grantedScope(call);
    const found = new Map(rows.map((row) => [toUuid(row.id), row]));
    const refused = ids.filter((id) => {
      const row = found.get(id);
      return !row || !isVisible(visible, row.projectId, row.ownerId);
    });
    const [first] = refused;
    if (first === undefined) return;
    const readable = await decisions.visible(toUuid(callerId(call)), readerOf(type), toUuid(workspaceOf(call)));
    const hidden = refused.find((id) => {
      const row = found.get(id);
      return !row || !isVisible(readable, row.projectId, row.ownerId);
    });
    if (hidden !== undefined) throw notFound(type, hidden);
    const permission = permissionName(type, "update");
    throw new SignalboxError(Reason.PERMISSION_MISSING, `you may not tag ${first}: it needs ${permission}`, { metadata: { permission } });
  }

  return async ({ addTags, removeTags, ...asked }: TagBatch, call: Call): Promise<Tagged[]> => {
    if (addTags.length === 0 && removeTags.length === 0) throw fieldInvalid("add_tags", "names no tag, and remove_tags none either");
    const workspaceId = workspaceOf(call);
    const uuids = [...new Set(asked.ids.map((id) => id.toLowerCase()))];
    const ids = uuids.map(toId);
    const rows = await kind.find(db, workspaceId, ids);
    await check(call, uuids, rows);
    const [{ projectId }] = rows as [Owned];
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
      const before = await kind.of(trx, workspaceId, ids);
      await kind.detach(trx, workspaceId, ids, await kind.called(trx, workspaceId, removeTags));
      if (tags.length > 0)
        await kind.attach(
          trx,
          dialect,
          inOrder.map((holder) => ({ holder, tags })),
          clock(),
        );
      const after = await kind.of(trx, workspaceId, ids);
      const namesIn = (all: ReadonlyMap<string, readonly string[]>, { id }: Holder) => all.get(id.toString("hex")) ?? [];
      const changed = inOrder.filter((holder) => namesIn(before, holder).join("\n") !== namesIn(after, holder).join("\n"));
      const origin = { service: outbox.service, time: clock() };
      const records = changed.flatMap((each) => recordOf(call, { subject: toUuid(each.id), project: toUuid(each.projectId) }, origin));
      await outbox.append(trx, records);
      return inOrder.map((holder) => ({ id: toUuid(holder.id), tags: [...namesIn(after, holder)] }));
    });
    call.audited = isRecorded(call);
    outbox.committed();
    return tagged;
  };
}
