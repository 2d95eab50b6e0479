import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Connection } from "../connection.ts";
import { misuse } from "../errors.ts";
import { type Handle, isHandle, toHandle } from "./handle.ts";
import type { ArtifactStore } from "./store.ts";

/** What of an artifact version changes: what is absent stays. */
export interface VersionChange {
  /** What to call it; "" for its number. */
  readonly version?: string;
  readonly description?: string;
}

/** What is known of artifacts, and may be changed. */
export interface ArtifactRecords {
  /** Renames and describes a version. Handles of before keep what they were told. Fails with NAME_TAKEN. */
  update<T>(of: Handle<T> | string, change: VersionChange): Promise<Handle<T>>;
}

export function artifactRecords(connection: Connection, store: ArtifactStore): ArtifactRecords {
  const versions = () => connection.client(ArtifactVersionService);
  return {
    async update<T>(of: Handle<T> | string, change: VersionChange): Promise<Handle<T>> {
      const paths = Object.entries(change).flatMap(([field, value]) => (value === undefined ? [] : [field]));
      if (paths.length === 0) throw misuse("nothing is to change: pass version or description");
      const { artifactVersion } = await versions().updateArtifactVersion({
        ...change,
        artifactVersion: idOf(of),
        updateMask: { paths },
      });
      if (!artifactVersion) throw misuse("the server changed an artifact version without telling of it");
      return toHandle<T>(artifactVersion, store);
    },
  };
}

const idOf = (of: Handle<unknown> | string): string => (isHandle(of) ? of.id : of);
