import type { ArtifactType, SaveKind, VisualizationType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import type { UseKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { VisualizationWidth } from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import type { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { MetadataTable } from "@signalbox/runtime/resource/metadata.ts";
import type { MetadataEntryTable } from "@signalbox/runtime/resource/metadata-history.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";
import type { KnownTagTable, TagCountTable, TaggingTable, TagTouchTable } from "@signalbox/runtime/resource/tags/tables.ts";
import type { WordTable } from "@signalbox/runtime/resource/words.ts";
import type { CursorTable } from "@signalbox/runtime/store/consume.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";

/** The tables of artifacts. Every key begins with the workspace; ids that are none are all zeros, texts that are none are empty. */
/** That what a run makes gets a tag of it, as the tag was when the run began. */
export interface CascadeRow {
  workspaceId: Id;
  runId: Id;
  tagId: Id;
  name: string;
  exclusive: number;
  revision: number;
}

export interface ArtifactsTables {
  artifacts_artifact: ArtifactRow;
  artifacts_version: VersionRow;
  artifacts_metadata: MetadataTable;
  artifacts_word: WordTable;
  artifacts_metadata_entry: MetadataEntryTable;
  artifacts_visualization: VisualizationRow;
  artifacts_curated: CuratedRow;
  artifacts_use: UseRow;
  artifacts_seen: SeenRow;
  artifacts_going: GoingRow;
  artifacts_pruning: PruningRow;
  artifacts_known_tag: KnownTagTable;
  artifacts_tagging: TaggingTable;
  artifacts_cascade: CascadeRow;
  artifacts_tag_touch: TagTouchTable;
  artifacts_tag_count: TagCountTable;
  artifacts_outbox: OutboxTable;
  artifacts_cursor: CursorTable;
}

export interface ArtifactRow extends ResourceRow {
  projectId: Id;
  name: string;
  description: string;
  /** Whether a person chose its name. */
  customName: number;
  /** The highest number there is; 0 for none. */
  latestNumber: number;
  /** The highest number that was ever given. */
  lastNumber: number;
}

export interface VersionRow extends ResourceRow {
  projectId: Id;
  artifactId: Id;
  number: number;
  /** What is unique in the artifact: a name, or the number where it has none. No name is a number. */
  version: string;
  type: ArtifactType;
  uri: string;
  dataType: string;
  serializer: string;
  digest: string;
  artifactStoreId: Id;
  saveKind: SaveKind;
  /** The client's own hash of the content. */
  clientHash: string;
  /** A signalbox.value.v1.Source, without any bytes for none; so the next. */
  serializerSource: Buffer;
  dataTypeSource: Buffer;
  description: string;
  /** null where unknown. */
  sizeBytes: number | null;
  itemCount: number | null;
  producerRunId: Id;
  producerStep: string;
  /** How many steps consumed it, by what the projection of uses knows: it can be deleted at 0 only. */
  consumerCount: number;
  /** 1 where no run that there is produced or consumed it: what a run registered is its own until that run is deleted. */
  unused: number;
  /** 1 where it may have visualizations: others are not asked for them. */
  visualized: number;
}

/** How a version can be shown. */
export interface VisualizationRow extends ResourceRow {
  projectId: Id;
  versionId: Id;
  type: VisualizationType;
  uri: string;
}

/** A visualization that is shown with a resource. */
export interface CuratedRow extends ResourceRow {
  projectId: Id;
  visualizationId: Id;
  /** The version of the visualization. */
  versionId: Id;
  resourceKind: ResourceKind;
  resourceId: Id;
  displayName: string;
  /** Higher than any that can be asked for where it has none. */
  position: number;
  width: VisualizationWidth;
}

/** A step that produced or consumed a version, by what runs reported. */
export interface UseRow {
  workspaceId: Id;
  versionId: Id;
  runId: Id;
  step: string;
  attempt: number;
  kind: UseKind;
  name: string;
  /** All zeros where it was taken in before it was kept. */
  stepId: Id;
  /** Sorts as the uses became known. */
  id: Id;
  time: Micros;
}

/** The time of an event of runs that the projection has taken in: what a report's cursor is compared with. */
export interface SeenRow {
  workspaceId: Id;
  time: Micros;
}

/** A project whose unused versions are to go. */
export interface PruningRow {
  workspaceId: Id;
  projectId: Id;
  /** Only what was created before. */
  beforeTime: Micros;
  versionsOnly: number;
  /** When that was asked. */
  sinceTime: Micros;
}

/** A project that is being deleted. */
export interface GoingRow {
  workspaceId: Id;
  projectId: Id;
  sinceTime: Micros;
}
