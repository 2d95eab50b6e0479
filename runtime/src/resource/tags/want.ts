import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { type Id, toUuid } from "../../ids.ts";
import { onward, type Peers } from "../../peers/peers.ts";
import type { Call } from "../../rpc/call.ts";
import { workspaceOf } from "../../rpc/workspace.ts";
import type { TagKind } from "./kind.ts";
import { type KnownTag, knownTag } from "./known.ts";
import { checkExclusive } from "./taggable.ts";

/** Finds the tags that a request attaches in a project, by id or name; unknown names become tags where the caller may create some. */
export type WantTags = (call: Call, project: Id, references: readonly string[]) => Promise<KnownTag[]>;

/** Asks registry: what a tag is called and whether it is exclusive is known there first. */
export const wantTags = (peers: Peers): WantTags => {
  return async (call, project, references) => {
    if (references.length === 0) return [];
    const { tags } = await peers(TagService).ensureTags({ project: toUuid(project), tags: [...references] }, onward(call));
    return tags.map((tag) => knownTag(workspaceOf(call), tag));
  };
};

interface Wanted {
  readonly call: Call;
  readonly project: Id;
  readonly references: readonly string[];
}

/** The tags that something of this kind is created with, in the order of the request. Fails with FIELD_INVALID for what it cannot have. */
export async function wanted({ taggable }: TagKind, want: WantTags, { call, project, references }: Wanted): Promise<KnownTag[]> {
  const tags = await want(call, project, references);
  checkExclusive(taggable, tags, "tags");
  return tags;
}
