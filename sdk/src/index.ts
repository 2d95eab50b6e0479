export { Code } from "@connectrpc/connect";
export { folderStore } from "./artifacts/folder-store.ts";
export { type ArtifactFacts, Handle } from "./artifacts/handle.ts";
export type { ArtifactRecords, LoggedFact, Prune, Pruned, VersionChange, VisualizationKind } from "./artifacts/records.ts";
export type { ArtifactStore } from "./artifacts/store.ts";
export { type Box, type BoxOptions, connect, type InProject, openBox } from "./box.ts";
export type { Calls } from "./calls.ts";
export type { CodeRepository } from "./code-repository.ts";
export type { Aspect, CompareRuns, Comparison, Difference } from "./compare.ts";
export { type Connection, type ConnectionOptions, type Credential, openConnection } from "./connection.ts";
export { type ConnectOptions, findTarget, type Target } from "./credentials.ts";
export { failedWith, SignalboxError, type Violation } from "./errors.ts";
export type { Lineage, Origin, Producer } from "./lineage.ts";
export type { About, Metadata, MetadataValue } from "./metadata.ts";
export type { Model, ModelLinks, ModelTexts, MoveStage, WhichVersion } from "./model.ts";
export type { ModelVersion, RegisterModel, Stage } from "./models.ts";
export type { Origins } from "./origins.ts";
export {
  changeProfiles,
  type Profile,
  type Profiles,
  profilesFile,
  readProfile,
  readProfiles,
  removeProfile,
  writeProfile,
} from "./profile.ts";
export type { ListPromotions, Promotion, Promotions } from "./promotions.ts";
export type { HookType } from "./run/call-hook.ts";
export type { StepEnd, StepEvent } from "./run/events.ts";
export type { Handles, Output } from "./run/outputs.ts";
export type { Replay } from "./run/replay.ts";
export type { PlannedStep, Run } from "./run/run.ts";
export type { StepKind, StepOptions, StepWork } from "./run/run-step.ts";
export type { ChildRun, ExecutionMode, JoinRun, StartRun } from "./run/start-run.ts";
export type { ArtifactType, SaveOptions, Step } from "./run/step.ts";
export type { WaitFor } from "./run/wait-for.ts";
export type { ListRuns, ListSteps, RunChange, RunReader, RunStatistics, SetCacheExpiry } from "./runs.ts";
export { sessionCredential } from "./session.ts";
export { sdkVersion } from "./version.ts";
