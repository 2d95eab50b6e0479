import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { tellGone } from "../gone.ts";
import { dropVersionsOf } from "../model-version/parts.ts";
import { inProjects } from "../project/living.ts";
import { modelTags } from "../tags.ts";

export function modelHandlers(context: Context): Handlers<typeof ModelService> {
  const { database } = context;
  const tag = tagBatch(modelTags, { ...context, outbox: context.log });
  const gone = tellGone(context, "model.deleted");
  return {
    ...standard(context, {
      service: ModelService,
      name: "Model",
      table: "registry_model",
      scope: inProjects(database),
      ...withTags(modelTags, context),
      row: ({ name, description, license }) => ({ name, description, license, latestNumber: 0, lastNumber: 0 }),
      message: ({ name, description, license, latestNumber, tags }) => ({ name, description, license, latestNumber, tags: [...tags] }),
      changes: ["name", "description", "license"],
      fields: (query) => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        license: { kind: "text" },
        latest_number: { kind: "int" },
        tags: modelTags.field(database.db, database.dialect, query),
      }),
      async removed(trx, row) {
        await dropVersionsOf(trx, row);
        await gone(trx, row.workspaceId, [row.id]);
      },
    }),

    async tagModels({ models: ids, ...asked }, call) {
      return { models: await tag({ ids, ...asked }, call) };
    },
  };
}
