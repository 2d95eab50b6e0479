import {
  type ArtifactVersionService,
  UpdateArtifactVersionRequestSchema,
  type UseKind,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, toId, toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId, grantedScope } from "@signalbox/runtime/resource/granted.ts";
import { listContext, listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { metadataLog } from "@signalbox/runtime/resource/metadata-log.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { artifactOf } from "../artifact/references.ts";
import type { Context } from "../context.ts";
import { versionTags } from "../tags.ts";
import { cursorTime, untilSeen } from "../use/seen.ts";
import { useStore } from "../use/store.ts";
import { createVersions } from "./create.ts";
import { deleteVersions } from "./delete-batch.ts";
import { toArtifactVersion, toBriefVersion, type WholeVersion } from "./mapping.ts";
import { checkVersionName, soughtBy } from "./name.ts";
import { versionLog } from "./parts.ts";
import { pruneVersions } from "./pruning.ts";
import { versionStore } from "./store.ts";

export function versionHandlers(context: Context): Handlers<typeof ArtifactVersionService> {
  const { database, mutate, policy, clock } = context;
  const versions = versionStore(context);
  const uses = useStore(database);
  const tag = tagBatch(versionTags, context);
  const find = (workspaceId: Id, ids: readonly Id[]) => versionTags.find(database.db, workspaceId, ids);
  const metadata = metadataLog({ ...versionLog, find }, context);
  const createBatch = createVersions(context, versions);
  const answer = (version: WholeVersion) => toArtifactVersion(version, policy);

  return {
    async batchCreateArtifactVersions(request, call) {
      return { artifactVersions: (await createBatch(request, call)).map(answer) };
    },

    async getArtifactVersion(_, call) {
      return { artifactVersion: answer(await versions.get(workspaceOf(call), grantedId(call))) };
    },

    async batchGetArtifactVersions({ ids, brief }, call) {
      const asked = [workspaceOf(call), ids.map(toId), grantedScope(call)] as const;
      if (brief) return { artifactVersions: (await versions.brief(...asked)).map(toBriefVersion) };
      return { artifactVersions: (await versions.batch(...asked)).map(answer) };
    },

    async findArtifactVersion({ version }, call) {
      return { artifactVersion: answer(await versions.seek(workspaceOf(call), grantedId(call), soughtBy(version), version)) };
    },

    async listArtifactVersions(request, call) {
      const query = listQuery(context.lists, request, call, request.artifact);
      const artifactId = await artifactOf(database.db, query, request.artifact);
      const { rows, ...page } = await versions.list(query, artifactId);
      return { artifactVersions: rows.map(answer), ...pageOf(page) };
    },

    async tagArtifactVersions({ artifactVersions: ids, ...asked }, call) {
      return { artifactVersions: await tag({ ids, ...asked }, call) };
    },

    async updateArtifactVersion(request, call) {
      const { version, description } = patchOf(UpdateArtifactVersionRequestSchema, request, ["version", "description"]);
      if (version) checkVersionName(version, "version");
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const change = { version, description, etag: request.etag, now: clock() };
      const changed = await naming(database.dialect, "artifact_version", version, () =>
        mutate(call, { subject: toUuid(id) }, (trx) => versions.change(trx, workspaceId, id, change)),
      );
      return { artifactVersion: answer(changed) };
    },

    async deleteArtifactVersion(_, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => versions.remove(trx, workspaceId, id));
      return {};
    },

    async logMetadata({ artifactVersions: ids, ...asked }, call) {
      await metadata.log({ ids, ...asked }, call);
      return {};
    },

    async listMetadata(request, call) {
      const id = grantedId(call);
      return metadata.list(workspaceOf(call), id, request, listContext(context.lists, call, toUuid(id)));
    },

    batchDeleteArtifactVersions: deleteVersions(context, versions),

    async pruneArtifactVersions(request, call) {
      const { versions: versionCount, artifacts: artifactCount, finished } = await pruneVersions(context)(request, call);
      return { versionCount: BigInt(versionCount), artifactCount: BigInt(artifactCount), finished };
    },

    async listUses({ consistentWith, ...request }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      if (consistentWith !== "") await untilSeen(database.db, workspaceId, cursorTime(consistentWith, "consistent_with"), call);
      const { rows, ...page } = await uses.list(workspaceId, id, request, listContext(context.lists, call, toUuid(id)));
      return {
        uses: rows.map(({ runId, step, stepId, attempt, kind, name, time }) => ({
          run: toUuid(runId),
          step,
          attempt,
          kind: kind as UseKind,
          name,
          time: toTimestamp(time),
          stepId: toUuidOrNone(stepId),
        })),
        ...pageOf(page),
      };
    },
  };
}
