import type { Part } from "../parts.ts";
import type { TagKind } from "./kind.ts";

/** The names of the tags of a resource that is declared. They are attached when it is created, and later by a call of their own. */
export const tagsPart = (kind: TagKind): Part<readonly string[]> => ({
  none: [],
  of: kind.of,
  same: () => true,
  set: async () => {},
  drop: (trx, workspaceId, id) => kind.drop(trx, workspaceId, [id]),
});
