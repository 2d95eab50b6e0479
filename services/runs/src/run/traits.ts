import { fromJsonString } from "@bufbuild/protobuf";
import { ExceptionSchema, type StepOutput } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { CreateRunRequest } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Id, noId, toId, toIdOrNone, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { hashOf, putDocuments } from "@signalbox/runtime/store/document.ts";
import type { Transaction } from "kysely";
import type { SnapshotFacts } from "../snapshot/facts.ts";
import { noHash, Parts, type RunsTables, type RunTable } from "../tables.ts";
import type { ReadDocuments } from "./documents.ts";
import type { RunTraitTable } from "./tables.ts";

/** The traits of a run that has none. */
export const noTrait = ({ workspaceId, id, projectId, createTime }: RunTable): RunTraitTable => ({
  ...{ workspaceId, runId: id, projectId, createTime, buildId: noId, templateId: noId, sourceSnapshotId: noId, codeRepositoryId: noId },
  ...{ codeCommit: "", modelVersionId: noId, parentStepId: noId, templatable: 0 },
  ...{ orchestratorEnvironment: noHash, exception: noHash, outputs: noHash },
});

type Asked = Partial<Pick<CreateRunRequest, "modelVersion" | "parentStep" | "orchestratorEnvironment">>;

/** What a new run has of its snapshot and of whoever creates it; undefined where that is nothing. */
export function traitOf(row: RunTable, facts: SnapshotFacts, asked: Asked): RunTraitTable | undefined {
  const { build, template, sourceSnapshot, codeRepository, codeCommit, runnable } = facts;
  const { modelVersion = "", parentStep = "" } = asked;
  const environment = asked.orchestratorEnvironment?.text ?? "";
  const named = [build, template, sourceSnapshot, codeRepository, codeCommit, modelVersion, parentStep, environment];
  if (!runnable && named.every((each) => each === "")) return undefined;
  return {
    ...noTrait(row),
    ...{ buildId: toIdOrNone(build), templateId: toIdOrNone(template), sourceSnapshotId: toIdOrNone(sourceSnapshot) },
    ...{ codeRepositoryId: toIdOrNone(codeRepository), codeCommit, templatable: Number(runnable) },
    ...{ modelVersionId: toIdOrNone(modelVersion), parentStepId: toIdOrNone(parentStep) },
    orchestratorEnvironment: environment === "" ? noHash : hashOf(environment),
  };
}

/** What whoever claims a run tells of it; undefined for nothing. */
export function toldBy({ modelVersion, orchestratorEnvironment }: Pick<CreateRunRequest, "modelVersion" | "orchestratorEnvironment">) {
  const environment = orchestratorEnvironment?.text ?? "";
  if (modelVersion === "" && environment === "") return undefined;
  return { environment, ...(modelVersion !== "" && { modelVersionId: toId(modelVersion) }) };
}

/** Keeps what is told of a run, over what was told before. */
export async function tellTraits(
  dialect: Dialect,
  trx: Transaction<RunsTables>,
  run: RunTable,
  { environment, modelVersionId }: NonNullable<ReturnType<typeof toldBy>>,
): Promise<void> {
  const { workspaceId, updateTime } = run;
  if (environment !== "") await putDocuments({ db: trx, dialect, prefix: "runs" }, [{ workspaceId, text: environment }], updateTime);
  const told = {
    ...(modelVersionId && { modelVersionId }),
    ...(environment !== "" && { orchestratorEnvironment: hashOf(environment) }),
  };
  const row = trx.insertInto("runsRunTrait").values({ ...noTrait(run), ...told });
  await dialect.onConflict(row, ["workspaceId", "runId"], Object.keys(told) as (keyof typeof told)[]).execute();
}

/** What runs have beside their rows, as the contract has it, by the run's id in hexadecimal. */
export type RunTraits = ReadonlyMap<string, RunTrait>;
export type RunTrait = ReturnType<typeof toTraits>;
export type ReadTraits = (workspace: Id, runs: readonly RunTable[]) => Promise<RunTraits>;

/** Costs nothing where none of the runs has any. */
export function traitReader({ db }: Pick<Database<RunsTables>, "db">, documents: ReadDocuments): ReadTraits {
  return async (workspace, runs) => {
    const ids = runs.filter(({ parts }) => (parts & Parts.TRAITS) !== 0).map(({ id }) => id);
    if (ids.length === 0) return new Map();
    const rows = await db.selectFrom("runsRunTrait").selectAll().where("workspaceId", "=", workspace).where("runId", "in", ids).execute();
    const texts = await documents(
      workspace,
      rows.flatMap(({ orchestratorEnvironment, exception, outputs }) => [orchestratorEnvironment, exception, outputs]),
    );
    return new Map(rows.map((row) => [row.runId.toString("hex"), toTraits(row, texts)]));
  };
}

function toTraits(row: RunTraitTable, texts: ReadonlyMap<string, string>) {
  const [environment, exception, outputs] = [row.orchestratorEnvironment, row.exception, row.outputs].map((hash) =>
    texts.get(hash.toString("hex")),
  );
  return {
    build: toUuidOrNone(row.buildId),
    template: toUuidOrNone(row.templateId),
    sourceSnapshot: toUuidOrNone(row.sourceSnapshotId),
    codeRepository: toUuidOrNone(row.codeRepositoryId),
    codeCommit: row.codeCommit,
    modelVersion: toUuidOrNone(row.modelVersionId),
    parentStep: toUuidOrNone(row.parentStepId),
    templatable: row.templatable === 1,
    ...(environment !== undefined && { orchestratorEnvironment: { text: environment } }),
    ...(exception !== undefined && { exception: fromJsonString(ExceptionSchema, exception) }),
    ...(outputs !== undefined && { outputs: JSON.parse(outputs) as Pick<StepOutput, "name" | "artifactVersion">[] }),
  };
}
