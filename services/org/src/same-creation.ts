import type { Id } from "@signalbox/runtime/ids.ts";
import type { Created } from "@signalbox/runtime/resource/create-once.ts";

type Owned = Pick<Created, "contentHash"> & { readonly ownerId: Id };

/** Whether two creations are one and its repeat: also by the same principal, who alone gets the role that comes with it. */
export const sameCreation = (a: Owned, b: Owned): boolean => a.contentHash.equals(b.contentHash) && a.ownerId.equals(b.ownerId);
