import type { BatchCreateArtifactVersionsRequest } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { isRecorded } from "@signalbox/runtime/audit/mutation.ts";
import { sameOrFail } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { nameTaken } from "@signalbox/runtime/resource/names.ts";
import { wanted } from "@signalbox/runtime/resource/tags/want.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { namesOfArtifacts } from "../artifact/references.ts";
import type { Context } from "../context.ts";
import { versionTags } from "../tags.ts";
import { type Draft, draftsOf } from "./draft.ts";
import type { WholeVersion } from "./mapping.ts";
import type { VersionStore } from "./store.ts";
import { versionWriting } from "./writing.ts";

/**
 * Creates a batch of versions, all or none. Those whose ids and content exist
 * are answered with what exists. Fails with ID_REUSED or NAME_TAKEN.
 */
export function createVersions(context: Context, versions: VersionStore) {
  const { clock, want } = context;
  const { dialect } = context.database;
  const writing = versionWriting(context);

  /** Of these drafts, what exists by the ids that the caller brought, by id in hexadecimal. */
  async function existing(drafts: readonly Draft[]): Promise<Map<string, WholeVersion>> {
    const brought = drafts.filter((draft) => draft.brought);
    const [first] = brought;
    if (!first) return new Map();
    const found = await versions.batch(
      first.row.workspaceId,
      brought.map(({ row }) => row.id),
    );
    const byId = new Map(found.map((version) => [version.row.id.toString("hex"), version]));
    for (const { row } of brought) {
      const held = byId.get(row.id.toString("hex"));
      if (held) sameOrFail("artifact_version", held.row, row);
    }
    return byId;
  }

  return async (request: BatchCreateArtifactVersionsRequest, call: Call): Promise<WholeVersion[]> => {
    const projectId = grantedId(call);
    const references = request.versions.flatMap(({ tags }) => tags);
    const tags = await wanted(versionTags, want, { call, project: projectId, references });
    const perVersion = request.versions.map(({ tags: own }) => tags.splice(0, own.length));
    const drafts = draftsOf(request, perVersion, {
      names: await namesOfArtifacts(context.database.db, { workspaceId: workspaceOf(call), projectId }, request.versions),
      workspaceId: workspaceOf(call),
      projectId,
      ownerId: callerId(call),
      createTime: clock(),
    });
    const kept = new Map<string, WholeVersion>();
    for (let rest = drafts; rest.length > 0; ) {
      try {
        for (const version of await writing.submit({ call, drafts: rest })) kept.set(version.row.id.toString("hex"), version);
        call.audited = isRecorded(call);
        rest = [];
      } catch (cause) {
        if (dialect.explain(cause)?.kind !== "taken") throw cause;
        const found = await existing(rest);
        if (found.size === 0) throw await taken(rest, versions, cause);
        for (const [id, version] of found) kept.set(id, version);
        rest = rest.filter(({ row }) => !found.has(row.id.toString("hex")));
      }
    }
    return drafts.map(({ row }) => kept.get(row.id.toString("hex")) as WholeVersion);
  };
}

/** Says which name or number of a batch is taken. */
async function taken(drafts: readonly Draft[], versions: VersionStore, cause: unknown) {
  const { workspaceId, projectId } = (drafts[0] as Draft).row;
  const names = drafts.flatMap(({ row }) => row.version || []);
  const numbers = drafts.flatMap(({ number }) => number ?? []);
  const held = await versions.called(workspaceId, projectId, { artifacts: drafts.map(({ artifactName }) => artifactName), names, numbers });
  for (const { artifactName, row, number } of drafts) {
    const own = held.filter((each) => each.name === artifactName);
    const word = [row.version, number].find((each) => own.some((other) => each === other.version || each === other.number));
    if (word !== undefined) return nameTaken("artifact_version", `${artifactName}/${word}`, cause);
  }
  return nameTaken("artifact_version", "", cause);
}
