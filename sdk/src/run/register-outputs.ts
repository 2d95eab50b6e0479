import { ArtifactType as Kind, SaveKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { toFacts } from "../artifacts/handle.ts";
import type { Connection } from "../connection.ts";
import { toValues } from "../metadata.ts";
import { type NamedOutput, shapeKey } from "./outputs.ts";
import type { ArtifactType, Saved } from "./step.ts";

const kinds: Readonly<Record<ArtifactType, Kind>> = { data: Kind.DATA, model: Kind.MODEL, analysis: Kind.ANALYSIS, service: Kind.SERVICE };
const perCall = 100;

/** A server that is away while a step ends is waited for so long. */
export const patienceMs = 600_000;

export interface Registering {
  readonly connection: Connection;
  /** The UUIDs of the project and the run. */
  readonly project: string;
  readonly run: string;
  readonly step: string;
  readonly saved: readonly Saved[];
  readonly outputs: readonly NamedOutput[];
}

/** Makes what a step saved known to the server and gives the handles their versions. Repeats have one effect. */
export async function registerOutputs({ connection, project, run, step, saved, outputs }: Registering): Promise<void> {
  const shapes = new Map(outputs.map(({ handle, shape }) => [handle, shape]));
  const client = connection.client(ArtifactVersionService);
  for (let at = 0; at < saved.length; at += perCall) {
    const part = saved.slice(at, at + perCall);
    const versions = part.map(({ handle, type, itemCount, metadata, tags }) => {
      const shape = shapes.get(handle);
      return {
        id: handle.id,
        artifact: handle.name,
        saveKind: shapes.has(handle) && shape !== "kept" ? SaveKind.STEP_OUTPUT : SaveKind.MANUAL,
        type: type ? kinds[type] : Kind.UNSPECIFIED,
        uri: handle.uri,
        dataType: handle.dataType,
        serializer: handle.serializer,
        digest: handle.digest,
        sizeBytes: BigInt(handle.sizeBytes ?? 0),
        ...(itemCount !== undefined && { itemCount: BigInt(itemCount) }),
        tags: [...tags],
        metadata: toValues(shape ? { ...metadata, [shapeKey]: shape } : metadata),
      };
    });
    const { artifactVersions } = await client.batchCreateArtifactVersions({ project, run, step, versions }, { timeoutMs: patienceMs });
    for (const [index, version] of artifactVersions.entries()) part[index]?.handle.settle(toFacts(version));
  }
}
