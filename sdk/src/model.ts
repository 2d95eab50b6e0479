import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { ModelArtifactKind, type StageChange } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PromotionService } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { assertHandles, toHandle } from "./artifacts/handle.ts";
import { type LoggedFact, toFact } from "./artifacts/records.ts";
import type { ArtifactStore } from "./artifacts/store.ts";
import { newUuid } from "./canonical.ts";
import type { Connection } from "./connection.ts";
import { misuse } from "./errors.ts";
import { type About, type Metadata, toValues } from "./metadata.ts";
import { type ModelVersion, type Stage, stageOf, toModelVersion } from "./models.ts";
import { type Origins, readOrigins } from "./origins.ts";
import { inPortions } from "./pages.ts";
import { type Promotion, toPromotion } from "./promotions.ts";
import type { Handles } from "./run/outputs.ts";

/** A version of a model: its number, its name, the stage it stands at, "@" and an alias, or "latest". */
export type WhichVersion = string | number;

/** What people should know of a model before they use it. */
export interface ModelTexts {
  readonly description?: string;
  readonly license?: string;
  readonly audience?: string;
  readonly useCases?: string;
  readonly limitations?: string;
  readonly tradeOffs?: string;
  readonly ethics?: string;
}

export interface MoveStage {
  /** Whether the present holder of the stage is archived; otherwise that fails with STAGE_OCCUPIED. */
  readonly force?: boolean;
  /** Why, for the history. */
  readonly reason?: string;
}

/** What belongs to a version beside what it was registered with. */
export interface ModelLinks {
  /** By what they are in the model. */
  readonly artifacts?: Handles;
  readonly kind?: "data" | "model" | "service";
  /** Whether a person chose the names of the artifacts. */
  readonly customName?: boolean;
  /** The UUIDs of runs that have to do with it, such as those that evaluated it. */
  readonly runs?: readonly string[];
}

const kinds: Readonly<Record<string, ModelArtifactKind>> = {
  data: ModelArtifactKind.DATA,
  model: ModelArtifactKind.MODEL,
  service: ModelArtifactKind.SERVICE,
};

/** A model of a project. */
export interface Model {
  readonly name: string;
  /** Fails with NOT_FOUND where there is none. Its artifacts can be loaded. */
  version(which: WhichVersion): Promise<ModelVersion>;
  /** The runs, the data and the code behind a version, over at most `maxHops` steps (1 to 50, 10 where absent). */
  origins(version: WhichVersion, options?: { readonly maxHops?: number }): Promise<Origins>;
  /** Lets an alias stand for a version, at once, whichever it stood for before. */
  setAlias(alias: string, version: WhichVersion): Promise<void>;
  /** Takes an alias off its version. Fails with NOT_FOUND. */
  deleteAlias(alias: string): Promise<void>;
  /** Moves a version to a stage. */
  setStage(version: WhichVersion, stage: Stage, options?: MoveStage): Promise<void>;
  /** Asks others to approve that a version moves to a stage; then `setStage` does it. Approved at once where nobody need approve. */
  requestPromotion(version: WhichVersion, to: Stage | `@${string}`, options?: MoveStage): Promise<Promotion>;
  /** Sets how many others must approve that versions move to certain stages, production where none is named; 0 for nobody. */
  setPromotionRule(rule: {
    readonly approvals: number;
    readonly stages?: readonly Stage[];
    readonly aliases?: readonly string[];
  }): Promise<void>;
  /** Links artifacts and runs to a version, however many there are already; what is linked stays as it is. */
  link(version: WhichVersion, links: ModelLinks): Promise<void>;
  /** Takes them off again. */
  unlink(version: WhichVersion, links: Pick<ModelLinks, "artifacts" | "runs">): Promise<void>;
  /** Adds facts to a version; those of the same key are replaced where it shows them, and kept in `facts`. */
  logMetadata(version: WhichVersion, metadata: Metadata, about?: About): Promise<void>;
  /** All facts that were logged of a version, newest first. */
  facts(version: WhichVersion): AsyncGenerator<LoggedFact>;
  /** Which versions were moved to which stages, the latest move first. */
  stageChanges(): AsyncGenerator<StageChange>;
  /** Writes what people should know of it; what is absent stays. */
  describe(texts: ModelTexts): Promise<void>;
}

/** Where a version is to stand, or what is to stand for it: "production", "@champion". */
const target = (to: Stage | `@${string}`) => (to.startsWith("@") ? { alias: to.slice(1) } : { stage: stageOf(to as Stage) });

export function findModel(connection: Connection, store: ArtifactStore, project: string, name: string): Model {
  const models = connection.client(ModelService);
  const versions = connection.client(ModelVersionService);
  const it = { project, model: name };

  async function find(which: WhichVersion) {
    const { modelVersion } = await versions.findModelVersion({ ...it, version: String(which) });
    if (!modelVersion) throw misuse("the server found a model version without telling of it");
    return modelVersion;
  }

  return {
    name,
    async version(which) {
      const modelVersion = await find(which);
      const ids = [...new Set(modelVersion.artifacts.map(({ artifactVersion }) => artifactVersion))];
      const found =
        ids.length > 0 ? await connection.client(ArtifactVersionService).batchGetArtifactVersions({ ids }) : { artifactVersions: [] };
      const handles = new Map(found.artifactVersions.map((version) => [version.id, toHandle<unknown>(version, store)]));
      return toModelVersion(modelVersion, (id) => handles.get(id));
    },
    origins: async (version, { maxHops } = {}) => readOrigins(connection, (await find(version)).id, maxHops),
    async setAlias(alias, version) {
      await models.setModelAlias({ ...it, alias, version: String(version) });
    },
    async deleteAlias(alias) {
      await models.deleteModelAlias({ ...it, alias });
    },
    async setStage(version, stage, { force = false, reason = "" } = {}) {
      const to = stageOf(stage);
      await versions.setModelStage({ modelVersion: (await find(version)).id, stage: to, force, reason });
    },
    async requestPromotion(version, to, { force = false, reason = "" } = {}) {
      const request = { id: newUuid(), modelVersion: (await find(version)).id, ...target(to), force, reason };
      return toPromotion((await connection.client(PromotionService).requestPromotion(request)).promotion);
    },
    async setPromotionRule({ approvals, stages = [], aliases = [] }) {
      const promotionRule = { approvals, stages: stages.map(stageOf), aliases: [...aliases] };
      await models.updateModel({ ...it, promotionRule, updateMask: { paths: ["promotion_rule"] } });
    },
    async link(version, { artifacts = {}, kind = "model", customName = false, runs = [] }) {
      assertHandles(artifacts, `an artifact of model "${name}"`);
      const { id: modelVersion } = await find(version);
      const links = Object.entries(artifacts).map(([part, { id }]) => ({
        name: part,
        artifactVersion: id,
        kind: kinds[kind] as ModelArtifactKind,
        customName,
      }));
      for (const some of inPortions(links)) await versions.addModelArtifacts({ modelVersion, artifacts: some });
      for (const some of inPortions(runs)) await versions.addModelRuns({ modelVersion, runs: some });
    },
    async unlink(version, { artifacts = {}, runs = [] }) {
      const { id: modelVersion } = await find(version);
      for (const some of inPortions(Object.values(artifacts))) {
        await versions.removeModelArtifacts({ modelVersion, artifacts: some.map(({ id }) => id) });
      }
      for (const some of inPortions(runs)) await versions.removeModelRuns({ modelVersion, runs: some });
    },
    async logMetadata(version, metadata, { component = "" } = {}) {
      const { id } = await find(version);
      await versions.logMetadata({ id: newUuid(), modelVersions: [id], values: toValues(metadata), component });
    },
    async *facts(version) {
      const { id: modelVersion } = await find(version);
      for (let pageToken = ""; ; ) {
        const { entries, nextPageToken } = await versions.listMetadata({ modelVersion, pageSize: 1000, pageToken });
        yield* entries.map(toFact);
        if (nextPageToken === "") return;
        pageToken = nextPageToken;
      }
    },
    async *stageChanges() {
      for (let pageToken = ""; ; ) {
        const page = await versions.listStageChanges({ ...it, pageToken });
        yield* page.stageChanges;
        pageToken = page.nextPageToken;
        if (pageToken === "") return;
      }
    },
    async describe(texts) {
      const paths = Object.keys(texts).map((field) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
      if (paths.length > 0) await models.updateModel({ ...it, ...texts, updateMask: { paths } });
    },
  };
}
