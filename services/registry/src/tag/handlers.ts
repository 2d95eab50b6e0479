import { TagColor, TagColorSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { inWorkspace } from "@signalbox/runtime/resource/declared.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { colorOf } from "./color.ts";
import { kindField, tagged } from "./counts.ts";
import { ensuring } from "./ensure.ts";
import { toTag } from "./mapping.ts";
import { tagNews } from "./news.ts";
import { tagStore } from "./store.ts";

export function tagHandlers(context: Context): Handlers<typeof TagService> {
  const { database, clock, policy } = context;
  const tags = tagStore(database);
  const news = tagNews(context);
  const ensure = ensuring(context, tags, news);

  return {
    ...standard(context, {
      service: TagService,
      name: "Tag",
      table: "registry_tag",
      scope: inWorkspace,
      row: ({ name, description, color, exclusive }) => ({
        name,
        description,
        color: color || colorOf(name),
        exclusive: Number(exclusive),
      }),
      parts: { tagged },
      message: ({ name, description, color, exclusive, tagged }) => ({
        ...{ name, description, color, exclusive: exclusive === 1, tagged: [...tagged] },
        taggedCount: tagged.reduce((sum, { count }) => sum + count, 0n),
      }),
      changes: ["name", "description", "color", "exclusive"],
      patch: ({ exclusive, ...asked }) => ({ ...asked, ...(exclusive !== undefined && { exclusive: Number(exclusive) }) }),
      fields: ({ workspaceId }) => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        color: { kind: "enum", enum: TagColorSchema, sortable: true },
        exclusive: { kind: "flag", sortable: true },
        resource_kind: kindField(database.db, workspaceId),
      }),
      async changing({ color }) {
        if (color === TagColor.UNSPECIFIED) throw fieldInvalid("color", "must be one of the colors");
      },
      changed: (trx, row) => news.changed(trx, [row]),
      removed: (trx, row) => news.deleted(trx, row, clock()),
    }),

    async ensureTags({ project, tags: references }, call) {
      const rows = await ensure(call, toId(project), references);
      return { tags: rows.map((row) => toTag(row, policy)) };
    },

    async resolveTags({ workspace, ids }) {
      return { tags: (await tags.some(toId(workspace), ids.map(toId))).map((row) => toTag(row, policy)) };
    },
  };
}
