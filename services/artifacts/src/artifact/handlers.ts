import {
  type ArtifactService,
  CreateArtifactRequestSchema,
  UpdateArtifactRequestSchema,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
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
import type { ArtifactRow } from "../tables.ts";
import { toArtifact } from "./mapping.ts";
import { artifactStore } from "./store.ts";

export function artifactHandlers(context: Context): Handlers<typeof ArtifactService> {
  const { database, mutate, clock, policy } = context;
  const { dialect } = database;
  const artifacts = artifactStore(database, policy);

  return {
    async createArtifact(request, call) {
      checkName(request.name);
      const { name, description } = request;
      const [workspaceId, projectId, now] = [workspaceOf(call), grantedId(call), clock()];
      const project = toUuid(projectId);
      const row: ArtifactRow = {
        workspaceId,
        id: request.id ? toId(request.id) : newId(),
        ownerId: callerId(call),
        // By the project's id, so that it is a repeat by whichever reference.
        contentHash: contentHash(CreateArtifactRequestSchema, { ...request, project }),
        projectId,
        name,
        description,
        latestNumber: 0,
        lastNumber: 0,
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const kept = await createOnce({
        dialect,
        type: "artifact",
        row,
        name,
        find: () => artifacts.find(workspaceId, row.id),
        insert: () => mutate(call, { subject: toUuid(row.id), project }, (trx) => artifacts.add(trx, row).then(() => row)),
      });
      return { artifact: toArtifact(kept, policy) };
    },

    async getArtifact(_, call) {
      return { artifact: toArtifact(await artifacts.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listArtifacts(request, call) {
      const { rows, ...page } = await artifacts.list(listQuery(context.lists, request, call));
      return { artifacts: rows.map((row) => toArtifact(row, policy)), ...pageOf(page) };
    },

    async updateArtifact(request, call) {
      const patch = patchOf(UpdateArtifactRequestSchema, request, ["name", "description"]);
      if (patch.name !== undefined) checkName(patch.name);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const row = await naming(dialect, "artifact", patch.name, () =>
        mutate(
          call,
          ({ projectId }: ArtifactRow) => ({ subject: toUuid(id), project: toUuid(projectId) }),
          (trx) => artifacts.change(trx, workspaceId, id, { patch, etag: request.etag, now: clock() }),
        ),
      );
      return { artifact: toArtifact(row, policy) };
    },

    async deleteArtifact({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => artifacts.remove(trx, workspaceId, id, etag));
      return {};
    },
  };
}
