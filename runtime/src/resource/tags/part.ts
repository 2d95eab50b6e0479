import { type Part, readPart } from "../parts.ts";
import type { TagKind } from "./kind.ts";

/** The names of the tags of a resource that is declared. They are attached when it is created, and later by a call of their own. */
export const tagsPart = (kind: TagKind): Part<readonly string[]> =>
  readPart({ none: [], of: kind.of, drop: (trx, workspaceId, id) => kind.drop(trx, workspaceId, [id]) });
