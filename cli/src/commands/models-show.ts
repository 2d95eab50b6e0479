import { toJson } from "@bufbuild/protobuf";
import type { ArtifactVersion } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ModelStageSchema, type ModelVersion, ModelVersionSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { type CodeReference, CodeReferenceSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import {
  type GetLineageResponse,
  GetLineageResponseSchema,
  LineageDirection,
  LineageService,
} from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { isUuid, needed } from "../arguments.ts";
import type { Context } from "../context.ts";
import { toFailure } from "../failure.ts";
import { renderLineage } from "../output/lineage-tree.ts";
import { shortDigest, versionName } from "../output/step-facts.ts";
import { ago, bytes } from "../output/time.ts";
import { printable } from "../output/width.ts";
import { valueText, word } from "../output/words.ts";
import { projectOf } from "../project.ts";
import { readVersions } from "./read-run.ts";

const maxHops = 50;

/** Shows a version of a model, the artifacts that it consists of, and the lineage of each. */
export async function showModel(context: Context, modelName: string | undefined, version = "latest"): Promise<void> {
  const connection = context.connect();
  const reference = needed(modelName, "the model");
  const project = await projectOf(context, reference);
  const { modelVersion } = await connection.client(ModelVersionService).findModelVersion({ model: reference, project, version });
  if (!modelVersion) return;
  const ids = modelVersion.artifacts.map(({ artifactVersion }) => artifactVersion);
  const artifacts = new Map((await readVersions(connection, ids)).map((artifact) => [artifact.id, artifact]));
  const lineages = await Promise.all(
    ids.map((artifactVersion) =>
      connection.client(LineageService).getLineage({ artifactVersion, direction: LineageDirection.UP, maxHops }),
    ),
  );
  const codes = await readCodes(context, lineages);
  if (context.options.json) {
    const code = Object.fromEntries([...codes].map(([run, reference]) => [run, toJson(CodeReferenceSchema, reference)]));
    const lineage = lineages.map((each) => toJson(GetLineageResponseSchema, each));
    context.print(JSON.stringify({ modelVersion: toJson(ModelVersionSchema, modelVersion), lineage, code }, null, 2));
    return;
  }
  context.print(...headLines(modelVersion, artifacts, lineages, context));
  if (ids.length === 0) return;
  context.print("", `${printable(modelVersion.modelName)} ${modelVersion.number} was made from`);
  for (const [index, id] of ids.entries()) {
    const lineage = lineages[index];
    if (lineage) context.print(...renderLineage(id, lineage, (run) => codes.get(run)).map((line) => `  ${line}`));
  }
}

function headLines(
  version: ModelVersion,
  artifacts: ReadonlyMap<string, ArtifactVersion>,
  lineages: readonly GetLineageResponse[],
  { paint, now }: Context,
): string[] {
  const { modelName, number, name, stage, aliases, tags, run, owner, createTime, description, metadata } = version;
  const runName = lineages.flatMap(({ steps }) => steps).find((step) => step.run === run)?.runName ?? run;
  const facts = [
    name && printable(name),
    stage ? word(ModelStageSchema, stage) : "",
    ...aliases.map((alias) => `@${printable(alias)}`),
    tags.length > 0 && `tagged ${printable(tags.join(", "))}`,
    `created ${ago(createTime, now())}`,
    owner?.name && `by ${printable(owner.name)}`,
    runName && `run ${printable(runName)}`,
  ];
  return [
    `${paint("strong", printable(modelName))} ${number} · ${facts.filter(Boolean).join(" · ")}`,
    ...(description ? [`  ${printable(description)}`] : []),
    ...Object.entries(metadata).map(([key, value]) => `  ${printable(key)} ${valueText(value)}`),
    ...version.artifacts.map((part) => artifactLine(part.name, artifacts.get(part.artifactVersion), part.artifactVersion)),
    ...(version.artifactCount > version.artifacts.length
      ? [`  and ${Number(version.artifactCount) - version.artifacts.length} more: models links`]
      : []),
  ];
}

function artifactLine(name: string, artifact: ArtifactVersion | undefined, id: string): string {
  if (!artifact) return printable(`  ${name} → ${id}`);
  const size = artifact.sizeBytes === undefined ? "" : bytes(artifact.sizeBytes);
  return [`  ${printable(name)} → ${printable(versionName(artifact))}`, size, shortDigest(artifact.digest)].filter(Boolean).join("  ");
}

const mostRuns = 10;

/** The code of the runs in which something began from nothing. What may not be read is left out. */
async function readCodes(context: Context, lineages: readonly GetLineageResponse[]): Promise<ReadonlyMap<string, CodeReference>> {
  const { client } = context.connect();
  const firstSteps = lineages.flatMap(({ steps }) => steps).filter(({ inputs, run }) => inputs.length === 0 && isUuid(run));
  const runs = [...new Set(firstSteps.map(({ run }) => run))].slice(0, mostRuns);
  const found = await Promise.all(
    runs.map(async (id) => {
      try {
        const { run } = await client(RunService).getRun({ run: id });
        const { snapshot } = await client(SnapshotService).getSnapshot({ snapshot: run?.snapshot ?? "" });
        return snapshot?.code ? ([[id, snapshot.code]] as const) : [];
      } catch (error) {
        if (toFailure(error).reason === "NOT_FOUND") return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
}
