import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";

interface Revised {
  readonly revision: number;
}

export interface Updating<R extends Revised, P> {
  readonly read: () => Promise<R>;
  /** The fields to set, by column. */
  readonly patch: P;
  /** Empty to change it whatever it is. */
  readonly etag: string;
  /** Writes the fields if the row still has the revision; fails with {@link overtaken} if it has not. */
  readonly write: (row: R, changed: P) => Promise<void>;
}

/** Another write came between the reading and the writing. */
export const overtaken = new Error("the row was changed by others each time it was to be written");

const attempts = 10;

/**
 * Changes a row field by field. What would change nothing writes nothing and
 * succeeds whatever its etag, so that a lost answer can be asked for again.
 * Without an etag the last writer wins. Fails with ETAG_MISMATCH.
 */
export async function update<R extends Revised, P extends Partial<R>>({ read, patch, etag, write }: Updating<R, P>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    const row = await read();
    const differing = Object.entries(patch).filter(([column, value]) => row[column as keyof R] !== value);
    if (differing.length === 0) return row;
    checkEtag(etag, row.revision);
    try {
      await write(row, Object.fromEntries(differing) as P);
      return await read();
    } catch (failure) {
      if (failure !== overtaken || attempt === attempts) throw failure;
    }
  }
}
