import { ModelArtifactService } from "@signalbox/gen/signalbox/registry/v1/model_artifact_service_pb.ts";
import { filterInvalid } from "@signalbox/runtime/filter/invalid.ts";
import { type Id, isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";

/** Asks for what models, by id or name, and versions of models, by id, consist of: registry knows. */
export function modelFields(peers: Peers, workspaceId: Id): Readonly<Record<"model" | "model_version", ListField>> {
  const workspace = toUuid(workspaceId);
  const ofThese = { kind: "id", column: "artifacts_version.id", refers: true } as const;
  const idsOf = async (asked: { readonly model?: string; readonly prefix?: boolean; readonly modelVersion?: string }) =>
    (await peers(ModelArtifactService).resolveModelArtifacts({ workspace, ...asked })).artifactVersions.map(toId);
  return {
    model: { ...ofThese, resolve: ({ text, prefix }) => idsOf({ model: text, prefix }) },
    model_version: {
      ...ofThese,
      async resolve({ text, prefix }) {
        if (prefix || !isUuid(text)) throw filterInvalid(1, "model_version is compared with an id, a UUID");
        return idsOf({ modelVersion: text });
      },
    },
  };
}
