import { ModelStage, type ModelVersion as ModelVersionRecord } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { assertHandles, type Handle } from "./artifacts/handle.ts";
import { newUuid } from "./canonical.ts";
import type { Connection } from "./connection.ts";
import { failedWith, misuse } from "./errors.ts";
import { fromValues, type Metadata, type MetadataValue, toValues } from "./metadata.ts";
import type { Handles } from "./run/outputs.ts";

/** Where a model version stands on its way to use. */
export type Stage = "none" | "staging" | "production" | "archived";

const stages: Readonly<Record<Stage, ModelStage>> = {
  none: ModelStage.UNSPECIFIED,
  staging: ModelStage.STAGING,
  production: ModelStage.PRODUCTION,
  archived: ModelStage.ARCHIVED,
};
const stageNames = new Map(Object.entries(stages).map(([name, stage]) => [stage, name as Stage]));

/** A stage as messages have it. */
export function stageOf(stage: Stage): ModelStage {
  if (Object.hasOwn(stages, stage)) return stages[stage];
  throw misuse(`"${stage}" is no stage of a model; those are ${Object.keys(stages).join(", ")}`);
}

/** And as people write it. */
export const stageName = (stage: ModelStage): Stage => stageNames.get(stage) ?? "none";

/** A version of a model. */
export interface ModelVersion {
  /** Its UUID. */
  readonly id: string;
  /** The name of its model. */
  readonly model: string;
  /** Its number in the model, from 1. */
  readonly number: number;
  /** A name unique in the model; empty for none. */
  readonly name: string;
  readonly stage: Stage;
  /** The UUID of the run that made it; empty for none. */
  readonly run: string;
  /** What it consists of, by what it is in the model: the first 100. */
  readonly artifacts: Handles;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  /** The names that stand for it, without "@". */
  readonly aliases: readonly string[];
  readonly tags: readonly string[];
  readonly description: string;
  /** What there is to know of it beside what its model says, in Markdown. */
  readonly card: string;
}

export interface RegisterModel {
  /** The name of the model. */
  readonly name: string;
  /** A name for the version, unique in the model; none where absent. */
  readonly version?: string;
  readonly description?: string;
  /** What there is to know of it, in Markdown. */
  readonly card?: string;
  /** What it consists of, by what it is in the model, such as "weights". */
  readonly artifacts: Handles;
  readonly metadata?: Metadata;
  /** Tags to give it. Unknown ones are created. */
  readonly tags?: readonly string[];
  /** Names that stand for it from now on, and no longer for another version. */
  readonly aliases?: readonly string[];
  /** Where it is to stand. */
  readonly stage?: Stage;
  /** Whether the present holder of the stage is archived; otherwise that fails with STAGE_OCCUPIED. */
  readonly force?: boolean;
}

/** Makes the next version of a model. */
export async function registerModel(
  connection: Connection,

  {
    project,
    run,
    name,
    version = "",
    description = "",
    card = "",
    artifacts,
    metadata = {},
    tags = [],
    aliases = [],
    stage,
    force = false,
  }: RegisterModel & { readonly project: string; readonly run: string },
): Promise<ModelVersion> {
  assertHandles(artifacts, `an artifact of model "${name}"`);
  const to = stage && stageOf(stage);
  const versions = connection.client(ModelVersionService);
  const request = {
    ...{ id: newUuid(), project, model: name, name: version, description, card, run },
    artifacts: Object.entries(artifacts).map(([part, handle]) => ({ name: part, artifactVersion: handle.id })),
    ...{ metadata: toValues(metadata), tags: [...tags] },
  };
  const create = async () => (await versions.createModelVersion(request)).modelVersion;
  let made: ModelVersionRecord | undefined;
  try {
    made = await create();
  } catch (error) {
    if (!failedWith(error, "NOT_FOUND")) throw error;
    await createModel(connection, project, name);
    made = await create();
  }
  if (!made) throw misuse("the server made a model version without telling of it");
  if (to !== undefined) made = (await versions.setModelStage({ modelVersion: made.id, stage: to, force })).modelVersion ?? made;
  for (const alias of aliases) await connection.client(ModelService).setModelAlias({ project, model: name, alias, version: made.id });
  if (aliases.length > 0) made = (await versions.getModelVersion({ modelVersion: made.id })).modelVersion ?? made;
  const handles = new Map(Object.values(artifacts).map((handle) => [handle.id, handle]));
  return toModelVersion(made, (id) => handles.get(id));
}

async function createModel(connection: Connection, project: string, name: string): Promise<void> {
  try {
    await connection.client(ModelService).createModel({ id: newUuid(), project, name });
  } catch (error) {
    if (!failedWith(error, "NAME_TAKEN")) throw error;
  }
}

/** Artifacts that the caller may not see are left out. */
export function toModelVersion(record: ModelVersionRecord, find: (id: string) => Handle<unknown> | undefined): ModelVersion {
  const artifacts = record.artifacts.flatMap(({ name, artifactVersion }) => {
    const handle = find(artifactVersion);
    return handle ? [[name, handle] as const] : [];
  });
  return {
    ...{ id: record.id, model: record.modelName, number: record.number, name: record.name, run: record.run },
    stage: stageName(record.stage),
    artifacts: Object.fromEntries(artifacts),
    metadata: fromValues(record.metadata),
    ...{ aliases: record.aliases, tags: record.tags, description: record.description, card: record.card },
  };
}
