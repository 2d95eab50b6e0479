import type { Artifact } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import {
  type ArtifactService,
  CreateArtifactRequestSchema,
  UpdateArtifactRequestSchema,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { type Id, newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { wanted } from "@signalbox/runtime/resource/tags/want.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import type { ArtifactRow } from "../tables.ts";
import { artifactTags } from "../tags.ts";
import { toArtifact } from "./mapping.ts";
import { artifactStore } from "./store.ts";

export function artifactHandlers(context: Context): Handlers<typeof ArtifactService> {
  const { database, mutate, clock, policy, want } = context;
  const { db, dialect } = database;
  const artifacts = artifactStore(database, policy);

  const tag = tagBatch(artifactTags, context);
  const answer = async (row: ArtifactRow) => (await answers(row.workspaceId, [row]))[0] as Artifact;
  const answers = async (workspaceId: Id, rows: readonly ArtifactRow[]) =>
    (await artifactTags.tagged(db, workspaceId, rows)).map((row) => toArtifact(row, policy));

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
      const tags = await wanted(artifactTags, want, { call, project: projectId, references: request.tags });
      const kept = await createOnce({
        dialect,
        type: "artifact",
        row,
        name,
        find: () => artifacts.find(workspaceId, row.id),
        insert: () =>
          mutate(call, { subject: toUuid(row.id), project }, async (trx) => {
            await artifacts.add(trx, row);
            await artifactTags.attach(trx, dialect, [{ holder: row, tags }], now);
            return row;
          }),
      });
      return { artifact: await answer(kept) };
    },

    async getArtifact(_, call) {
      return { artifact: await answer(await artifacts.get(workspaceOf(call), grantedId(call))) };
    },

    async listArtifacts(request, call) {
      const { rows, ...page } = await artifacts.list(listQuery(context.lists, request, call));
      return { artifacts: await answers(workspaceOf(call), rows), ...pageOf(page) };
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
      return { artifact: await answer(row) };
    },

    async tagArtifacts({ artifacts: ids, ...asked }, call) {
      return { artifacts: await tag({ ids, ...asked }, call) };
    },

    async deleteArtifact({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => artifacts.remove(trx, workspaceId, id, etag));
      return {};
    },
  };
}
