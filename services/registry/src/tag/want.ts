import type { WantTags } from "@signalbox/runtime/resource/tags/want.ts";
import type { Context } from "../context.ts";
import { ensuring } from "./ensure.ts";
import { known } from "./mapping.ts";
import { tagNews } from "./news.ts";
import { tagStore } from "./store.ts";

/** As other services ask for the tags that requests attach, without a call. */
export function ownTags(context: Omit<Context, "want">): WantTags {
  const ensure = ensuring(context, tagStore(context.database), tagNews(context));
  return async (call, project, references) => (references.length === 0 ? [] : (await ensure(call, project, references)).map(known));
}
