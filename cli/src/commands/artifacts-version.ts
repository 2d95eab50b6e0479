import {
  ArtifactTypeSchema,
  type ArtifactVersion,
  ArtifactVersionSchema,
  SaveKindSchema,
  VisualizationTypeSchema,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { versionName } from "../output/step-facts.ts";
import { ago, bytes } from "../output/time.ts";
import { printable } from "../output/width.ts";
import { valueText, word } from "../output/words.ts";
import { projectOf } from "../project.ts";
import { examples } from "./list-options.ts";

interface Updating {
  readonly rename?: string;
  readonly description?: string;
}

/** `artifacts show` and `artifacts update`. */
export function addArtifactVersions(artifacts: Command, act: Act): void {
  artifacts
    .command("show <artifact> [version]")
    .description('show a version of an artifact; a version is a number, a name or "latest"')
    .addHelpText("after", examples("artifacts show penguins", "artifacts show penguins 3"))
    .action(
      act(async (context, _options, artifact, version) => {
        const found = await findVersion(context, artifact, version);
        context.print(...(context.options.json ? [jsonText(ArtifactVersionSchema, found)] : linesOf(found, context)));
      }),
    );
  artifacts
    .command("update <artifact> [version]")
    .description("rename a version of an artifact, or describe it")
    .option("--rename <name>", 'what to call it; "" for its number')
    .option("--description <text>", "what is to be known about it")
    .addHelpText("after", examples('artifacts update penguins 3 --rename cleaned --description "Without the outliers."'))
    .action(
      act<Updating>(async (context, { rename, description }, artifact, version) => {
        const paths = [...(rename === undefined ? [] : ["version"]), ...(description === undefined ? [] : ["description"])];
        if (paths.length === 0) throw wrongUsage("nothing is to change", "--rename or --description");
        const { id } = await findVersion(context, artifact, version);
        const change = { version: rename ?? "", description: description ?? "", updateMask: { paths } };
        const { artifactVersion } = await context
          .connect()
          .client(ArtifactVersionService)
          .updateArtifactVersion({ artifactVersion: id, ...change });
        if (!artifactVersion) return;
        if (context.options.json) context.print(jsonText(ArtifactVersionSchema, artifactVersion));
        else context.print(`artifact version ${printable(versionName(artifactVersion))} updated`);
      }),
    );
}

/** The version of an artifact that a command names. */
export async function findVersion(context: Context, artifact: string | undefined, version = "latest"): Promise<ArtifactVersion> {
  const reference = needed(artifact, "the artifact");
  const project = await projectOf(context, reference);
  const request = { artifact: reference, project, version };
  const { artifactVersion } = await context.connect().client(ArtifactVersionService).findArtifactVersion(request);
  return artifactVersion as ArtifactVersion;
}

function linesOf(version: ArtifactVersion, { paint, now }: Context): string[] {
  const { artifactName, number, type, saveKind, owner, createTime, sizeBytes, itemCount, producerStep, consumerCount } = version;
  const consumers = consumerCount === 1 ? "1 step" : `${consumerCount} steps`;
  const head = [
    version.version !== String(number) && printable(version.version),
    type ? word(ArtifactTypeSchema, type) : "",
    `created ${ago(createTime, now())}`,
    owner?.name && `by ${printable(owner.name)}`,
    producerStep && `step ${printable(producerStep)}`,
    version.unused ? "unused" : `used by ${consumers}`,
  ];
  const facts: readonly (readonly [string, string])[] = [
    ["uri", version.uri],
    ["digest", version.digest],
    ["content hash", version.contentHash],
    ["size", sizeBytes === undefined ? "" : bytes(sizeBytes)],
    ["items", itemCount === undefined ? "" : String(itemCount)],
    ["type in code", version.dataType],
    ["read by", version.serializer],
    ["saved as", saveKind ? word(SaveKindSchema, saveKind) : ""],
    ["tags", version.tags.join(", ")],
    ...version.visualizations.map(({ id, type, uri }) => ["shown as", `${word(VisualizationTypeSchema, type)} ${uri} (${id})`] as const),
  ];
  return [
    `${paint("strong", printable(artifactName))} ${number} · ${head.filter(Boolean).join(" · ")}`,
    ...(version.description ? [`  ${printable(version.description)}`] : []),
    ...facts.flatMap(([name, value]) => (value ? [`  ${name} ${printable(value)}`] : [])),
    ...Object.entries(version.metadata).map(([key, value]) => `  ${printable(key)} ${valueText(value)}`),
  ];
}
