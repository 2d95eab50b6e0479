import type { ModelArtifactKind, ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

export interface ModelRow extends ResourceRow {
  projectId: Id;
  name: string;
  description: string;
  license: string;
  audience: string;
  useCases: string;
  limitations: string;
  tradeOffs: string;
  ethics: string;
  saveToRegistry: number;
  /** The highest number there is; 0 for none. */
  latestNumber: number;
  /** The highest number that was ever given. */
  lastNumber: number;
  /** Counts what happens to its aliases; whoever counts holds the row. */
  aliasRevision: number;
  /** How many must approve that a version moves to certain stages; 0 for none. */
  approvalsNeeded: number;
  /** Which: of each, the bit of its number is set. */
  gatedStages: number;
  /** Those aliases that take it, a line each. */
  gatedAliases: string;
}

/** Which version an alias stands for. */
export interface ModelAliasRow {
  workspaceId: Id;
  modelId: Id;
  alias: string;
  versionId: Id;
  /** Who gave it. */
  byId: Id;
  /** That of the model's aliases when it was given. */
  revision: number;
  updateTime: Micros;
}

export interface ModelVersionRow extends ResourceRow {
  projectId: Id;
  modelId: Id;
  number: number;
  /** Empty for none. */
  name: string;
  /** What is unique in the model: the name, or the number where it has none. No name is a number. */
  called: string;
  description: string;
  /** Markdown. */
  card: string;
  stage: ModelStage;
  runId: Id;
  /** How many links there are. */
  artifactCount: number;
  runCount: number;
}

/** Which version holds a stage that only one may hold. */
export interface ModelStageRow {
  workspaceId: Id;
  modelId: Id;
  stage: ModelStage;
  versionId: Id;
}

export interface ModelArtifactRow {
  workspaceId: Id;
  versionId: Id;
  /** Its place in the version, from 0; up to 100 there are no gaps. */
  position: number;
  name: string;
  artifactVersionId: Id;
  id: Id;
  kind: ModelArtifactKind;
  customName: number;
  /** Who linked it; all zeros where that was before it was kept. */
  ownerId: Id;
  createTime: Micros;
}

export interface ModelRunRow {
  workspaceId: Id;
  versionId: Id;
  id: Id;
  runId: Id;
  /** Who linked it; all zeros where that was before it was kept. */
  ownerId: Id;
  createTime: Micros;
}

/** That a version was moved from one stage to another. */
export interface StageChangeRow {
  workspaceId: Id;
  id: Id;
  modelId: Id;
  versionId: Id;
  /** That of the version. */
  number: number;
  fromStage: ModelStage;
  toStage: ModelStage;
  forced: number;
  reason: string;
  byId: Id;
  /** What allowed it; all zeros for none. */
  promotionId: Id;
  createTime: Micros;
}
