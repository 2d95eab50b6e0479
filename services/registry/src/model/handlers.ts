import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { dropVersionsOf } from "../model-version/parts.ts";
import { inProjects } from "../project/living.ts";

export function modelHandlers(context: Context): Handlers<typeof ModelService> {
  return standard(context, {
    service: ModelService,
    name: "Model",
    table: "registry_model",
    scope: inProjects(context.database),
    row: ({ name, description, license }) => ({ name, description, license, latestNumber: 0, lastNumber: 0 }),
    message: ({ name, description, license, latestNumber }) => ({ name, description, license, latestNumber }),
    changes: ["name", "description", "license"],
    fields: () => ({
      name: { kind: "text", sortable: true },
      description: { kind: "text" },
      license: { kind: "text" },
      latest_number: { kind: "int" },
    }),
    removed: dropVersionsOf,
  });
}
