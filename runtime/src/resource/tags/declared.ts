import type { Kysely } from "kysely";
import type { Id } from "../../ids.ts";
import type { Call } from "../../rpc/call.ts";
import type { Database } from "../../store/database.ts";
import type { TagKind } from "./kind.ts";
import type { KnownTag } from "./known.ts";
import { tagsPart } from "./part.ts";
import type { Holder } from "./taggable.ts";
import { type WantTags, wanted } from "./want.ts";

interface Needs {
  // biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
  readonly database: Database<any>;
  readonly want: WantTags;
}

/** What a resource with tags declares of them: those of a create are found first, and attached once the row is there. */
export const withTags = (kind: TagKind, { database: { dialect }, want }: Needs) => ({
  parts: { tags: tagsPart(kind) },
  found: async <R extends { readonly tags: readonly string[] }>(request: R, call: Call, project: Id) => ({
    ...request,
    found: await wanted(kind, want, { call, project, references: request.tags }),
  }),
  // biome-ignore lint/suspicious/noExplicitAny: see above
  async added(trx: Kysely<any>, row: Holder, { found }: { readonly found: readonly KnownTag[] }) {
    await kind.attach(trx, dialect, [{ holder: row, tags: found }], row.createTime);
    return { tags: [...new Set(found.map(({ name }) => name))].sort() };
  },
});
