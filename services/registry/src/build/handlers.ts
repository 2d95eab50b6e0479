import { BuildService } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { keepDocuments } from "../documents.ts";
import { inProjects } from "../project/living.ts";
import { namedIn } from "../project/references.ts";
import { componentField, namedStack } from "../stack/references.ts";
import { buildImages, documentsOf } from "./images.ts";
import { refuseInSnapshots } from "./store.ts";

export function buildHandlers(context: Context): Handlers<typeof BuildService> {
  const { database, clock } = context;
  const { db } = database;
  const stackOf = namedStack(context);
  const table = "registry_build";
  return standard(context, {
    service: BuildService,
    name: "Build",
    table,
    scope: inProjects(database),
    parts: { images: buildImages },
    async found(request, call, projectId) {
      const workspaceId = workspaceOf(call);
      const pipelineId = await namedIn(db, "pipeline", { workspaceId, projectId, reference: request.pipeline });
      const stackId = await stackOf(request.stack, call);
      await keepDocuments(database, workspaceId, documentsOf(request.images), clock());
      return { ...request, pipeline: toUuidOrNone(pipelineId), stack: toUuidOrNone(stackId), pipelineId, stackId };
    },
    row: ({ pipelineId, stackId, clientVersion, pythonVersion, checksum, stackChecksum, ...asked }) => ({
      ...{ pipelineId, stackId, clientVersion, pythonVersion, checksum, stackChecksum },
      local: Number(asked.local),
      containsCode: Number(asked.containsCode),
      durationSeconds: asked.durationSeconds === undefined ? null : Number(asked.durationSeconds),
      durationOrder: asked.durationSeconds === undefined ? 0 : Number(asked.durationSeconds) + 1,
    }),
    message: ({ images, clientVersion, pythonVersion, checksum, stackChecksum, ...row }) => ({
      ...{ images: { ...images }, clientVersion, pythonVersion, checksum, stackChecksum },
      pipeline: toUuidOrNone(row.pipelineId),
      stack: toUuidOrNone(row.stackId),
      local: row.local === 1,
      containsCode: row.containsCode === 1,
      durationSeconds: row.durationSeconds === null ? undefined : BigInt(row.durationSeconds),
    }),
    fields: ({ workspaceId }) => ({
      pipeline: { kind: "id", column: `${table}.pipelineId`, resolve: called(db, "registry_pipeline", workspaceId) },
      stack: { kind: "id", column: `${table}.stackId`, resolve: called(db, "registry_stack", workspaceId) },
      container_registry: componentField(`${table}.workspaceId`, `${table}.stackId`, ComponentType.CONTAINER_REGISTRY),
      local: { kind: "flag" },
      contains_code: { kind: "flag" },
      client_version: { kind: "text" },
      python_version: { kind: "text" },
      duration_seconds: { kind: "int", sortable: true, sortedBy: `${table}.durationOrder` },
      checksum: { kind: "text" },
      stack_checksum: { kind: "text" },
    }),
    removed: refuseInSnapshots,
  });
}
