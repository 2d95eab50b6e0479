import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { onward } from "@signalbox/runtime/peers/peers.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Context } from "../context.ts";

export interface ArtifactName {
  readonly artifactName: string;
  readonly version: string;
  readonly uri: string;
  /** Empty where it is not known. */
  readonly digest: string;
}

const portion = 1000;

/**
 * What artifact versions are called, by UUID; those that are unknown or not visible to the
 * caller are left out. A graph is of use without names, so it does not fail where artifacts does.
 */
export async function artifactNames(
  { peers, log }: Pick<Context, "peers" | "log">,
  ids: readonly string[],
  call: Call,
  run = "",
): Promise<Map<string, ArtifactName>> {
  const found = new Map<string, ArtifactName>();
  try {
    for (let at = 0; at < ids.length; at += portion) {
      const asked = { ids: ids.slice(at, at + portion), brief: true, run: call.caller?.kind === "run" ? run : "" };
      const { artifactVersions } = await peers(ArtifactVersionService).batchGetArtifactVersions(asked, onward(call));
      for (const { id, artifactName, version, uri, digest } of artifactVersions) found.set(id, { artifactName, version, uri, digest });
    }
  } catch (error) {
    if (call.signal.aborted) throw error;
    log.warn({ err: error }, "artifact versions are shown without their names");
  }
  return found;
}
