import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { VisualizationType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { VisualizationService } from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import type { LoggedValue } from "@signalbox/gen/signalbox/value/v1/metadata_pb.ts";
import type { InProject } from "../box.ts";
import { newUuid } from "../canonical.ts";
import type { Connection } from "../connection.ts";
import { misuse } from "../errors.ts";
import { type About, fromValue, type Metadata, type MetadataValue, toValues } from "../metadata.ts";
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
  /** Makes known how a version can be shown; resolves with the UUID of the visualization. */
  visualize(of: Handle<unknown> | string, shown: { readonly type: VisualizationKind; readonly uri: string }): Promise<string>;
  /** Adds facts to one version or many; those of the same key are replaced where versions show them, and kept in `history`. */
  logMetadata(of: Handle<unknown> | string | readonly (Handle<unknown> | string)[], metadata: Metadata, about?: About): Promise<void>;
  /** All facts that were logged of a version, newest first. */
  history(of: Handle<unknown> | string): AsyncIterable<LoggedFact>;
  /** Forgets versions, and never their data; resolves with the UUIDs of those that stay because steps consumed them. */
  delete(...of: readonly (Handle<unknown> | string)[]): Promise<readonly string[]>;
  prune(options?: Prune): Promise<Pruned>;
}

/** A fact as it was logged. */
export interface LoggedFact {
  readonly key: string;
  readonly value: MetadataValue;
  readonly time: Date | undefined;
  /** The UUID of the run that logged it; empty for none. */
  readonly run: string;
  /** The UUID of the stack component that it is about; empty for none. */
  readonly component: string;
}

export const toFact = ({ key, value, time, run, component }: LoggedValue): LoggedFact => ({
  ...{ key, value: value ? fromValue(value) : "", time: time && timestampDate(time), run, component },
});

export type VisualizationKind = "csv" | "html" | "image" | "markdown" | "json";

const kinds: Readonly<Record<VisualizationKind, VisualizationType>> = {
  csv: VisualizationType.CSV,
  html: VisualizationType.HTML,
  image: VisualizationType.IMAGE,
  markdown: VisualizationType.MARKDOWN,
  json: VisualizationType.JSON,
};

/** What is to be forgotten of what no run uses and no model consists of. */
export interface Prune extends InProject {
  /** Only what was created before; an hour ago where absent. */
  readonly createdBefore?: Date;
  /** Whether artifacts stay that have no versions. */
  readonly versionsOnly?: boolean;
  /** Whether to count only. */
  readonly dryRun?: boolean;
}

export interface Pruned {
  readonly versions: number;
  readonly artifacts: number;
  /** Whether that is all; the server goes on with what is left. */
  readonly finished: boolean;
}

export function artifactRecords(connection: Connection, store: ArtifactStore, projectOf: (named?: string) => string): ArtifactRecords {
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
    async visualize(of, { type, uri }) {
      const request = { id: newUuid(), artifactVersion: idOf(of), type: kinds[type], uri };
      await connection.client(VisualizationService).createVisualization(request);
      return request.id;
    },
    async logMetadata(of, metadata, { component = "" } = {}) {
      const ids = (typeof of === "string" || isHandle(of) ? [of] : (of as readonly (Handle<unknown> | string)[])).map(idOf);
      const values = toValues(metadata);
      for (let at = 0; at < ids.length; at += perCall) {
        await versions().logMetadata({ id: newUuid(), artifactVersions: ids.slice(at, at + perCall), values, component });
      }
    },
    async *history(of) {
      for (let pageToken = ""; ; ) {
        const { entries, nextPageToken } = await versions().listMetadata({ artifactVersion: idOf(of), pageSize: 1000, pageToken });
        yield* entries.map(toFact);
        if (nextPageToken === "") return;
        pageToken = nextPageToken;
      }
    },
    async delete(...of) {
      const stay: string[] = [];
      for (let at = 0; at < of.length; at += perCall) {
        const { refused } = await versions().batchDeleteArtifactVersions({ artifactVersions: of.slice(at, at + perCall).map(idOf) });
        stay.push(...refused.map(({ id }) => id));
      }
      return stay;
    },
    async prune({ project, createdBefore, versionsOnly = false, dryRun = false }: Prune = {}) {
      const before = createdBefore ? { createdBefore: timestampFromDate(createdBefore) } : {};
      const request = { project: projectOf(project), versionsOnly, dryRun, ...before };
      const { versionCount, artifactCount, finished } = await versions().pruneArtifactVersions(request);
      return { versions: Number(versionCount), artifacts: Number(artifactCount), finished };
    },
  };
}

const perCall = 100;

const idOf = (of: Handle<unknown> | string): string => (isHandle(of) ? of.id : of);
