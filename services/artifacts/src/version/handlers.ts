import type { ArtifactVersionService, UseKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { artifactOf } from "../artifact/references.ts";
import type { Context } from "../context.ts";
import { grantedId, grantedScope } from "../granted.ts";
import { listQuery, pageOf } from "../lists.ts";
import { soughtBy } from "../names.ts";
import { cursorTime, untilSeen } from "../use/seen.ts";
import { useStore } from "../use/store.ts";
import { createVersions } from "./create.ts";
import { toArtifactVersion, type WholeVersion } from "./mapping.ts";
import { versionStore } from "./store.ts";

export function versionHandlers(context: Context): Handlers<typeof ArtifactVersionService> {
  const { database, mutate, clock, policy, seal } = context;
  const versions = versionStore(database, policy);
  const uses = useStore(database);
  const createBatch = createVersions(context, versions);
  const answer = (version: WholeVersion) => toArtifactVersion(version, policy);

  return {
    async batchCreateArtifactVersions(request, call) {
      return { artifactVersions: (await createBatch(request, call)).map(answer) };
    },

    async getArtifactVersion(_, call) {
      return { artifactVersion: answer(await versions.get(workspaceOf(call), grantedId(call))) };
    },

    async batchGetArtifactVersions({ ids }, call) {
      return { artifactVersions: (await versions.batch(workspaceOf(call), ids.map(toId), grantedScope(call))).map(answer) };
    },

    async findArtifactVersion({ version }, call) {
      return { artifactVersion: answer(await versions.seek(workspaceOf(call), grantedId(call), soughtBy(version), version)) };
    },

    async listArtifactVersions(request, call) {
      const query = listQuery(context, request, call, request.artifact);
      const artifactId = await artifactOf(database.db, query, request.artifact);
      const { rows, ...page } = await versions.list(query, artifactId);
      return { artifactVersions: rows.map(answer), ...pageOf(page) };
    },

    async deleteArtifactVersion(_, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => versions.remove(trx, workspaceId, id));
      return {};
    },

    async listUses({ consistentWith, ...request }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      if (consistentWith !== "") await untilSeen(database.db, workspaceId, cursorTime(consistentWith, "consistent_with"), call);
      const bound = [nameOf(call.method), toUuid(workspaceId), toUuid(id)];
      const { rows, nextPageToken } = await uses.list(workspaceId, id, request, { seal, clock, dialect: database.dialect, bound });
      return {
        uses: rows.map(({ runId, step, attempt, kind, name, time }) => ({
          run: toUuid(runId),
          step,
          attempt,
          kind: kind as UseKind,
          name,
          time: toTimestamp(time),
        })),
        nextPageToken,
      };
    },
  };
}
