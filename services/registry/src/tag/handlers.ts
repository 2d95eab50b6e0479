import { TagColor } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { CreateTagRequestSchema, type TagService, UpdateTagRequestSchema } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { colorOf } from "./color.ts";
import { ensuring } from "./ensure.ts";
import { toTag } from "./mapping.ts";
import { tagNews } from "./news.ts";
import { tagStore } from "./store.ts";
import type { TagRow } from "./tables.ts";

export function tagHandlers(context: Context): Handlers<typeof TagService> {
  const { database, mutate, clock, policy } = context;
  const { dialect } = database;
  const tags = tagStore(database, policy);
  const news = tagNews(context);
  const ensure = ensuring(context, tags, news);

  return {
    async createTag(request, call) {
      checkName(request.name);
      const { name, description, color, exclusive } = request;
      const [workspaceId, now] = [workspaceOf(call), clock()];
      const row: TagRow = {
        workspaceId,
        id: request.id ? toId(request.id) : newId(),
        ownerId: callerId(call),
        contentHash: contentHash(CreateTagRequestSchema, request),
        name,
        description,
        color: color || colorOf(name),
        exclusive: Number(exclusive),
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const kept = await createOnce({
        dialect,
        type: "tag",
        row,
        name,
        find: () => tags.find(workspaceId, row.id),
        insert: () =>
          mutate(call, { subject: toUuid(row.id) }, async (trx) => {
            await tags.add(trx, row);
            await news.changed(trx, [row]);
            return row;
          }),
      });
      return { tag: toTag(kept, policy) };
    },

    async getTag(_, call) {
      return { tag: toTag(await tags.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listTags(request, call) {
      const { rows, ...page } = await tags.list(listQuery(context.lists, request, call));
      return { tags: rows.map((row) => toTag(row, policy)), ...pageOf(page) };
    },

    async updateTag(request, call) {
      const { exclusive, ...asked } = patchOf(UpdateTagRequestSchema, request, ["name", "description", "color", "exclusive"]);
      if (asked.name !== undefined) checkName(asked.name);
      if (asked.color === TagColor.UNSPECIFIED) throw fieldInvalid("color", "must be one of the colors");
      const patch = { ...asked, ...(exclusive !== undefined && { exclusive: Number(exclusive) }) };
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const row = await naming(dialect, "tag", asked.name, () =>
        mutate(call, { subject: toUuid(id) }, async (trx) => {
          const { row, changed } = await tags.change(trx, workspaceId, id, { patch, etag: request.etag, now: clock() });
          if (changed) await news.changed(trx, [row]);
          return row;
        }),
      );
      return { tag: toTag(row, policy) };
    },

    async deleteTag({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, async (trx) => {
        await tags.remove(trx, workspaceId, id, etag);
        await news.deleted(trx, { workspaceId, id }, clock());
      });
      return {};
    },

    async ensureTags({ project, tags: references }, call) {
      const rows = await ensure(call, toId(project), references);
      return { tags: rows.map((row) => toTag(row, policy)) };
    },

    async resolveTags({ workspace, ids }) {
      return { tags: (await tags.some(toId(workspace), ids.map(toId))).map((row) => toTag(row, policy)) };
    },
  };
}
