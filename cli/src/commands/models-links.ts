import {
  type ModelArtifact,
  ModelArtifactKind,
  ModelArtifactKindSchema,
  ModelArtifactSchema,
  type ModelRun,
  ModelRunSchema,
} from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { isUuid } from "../arguments.ts";
import type { Context } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { counted, word } from "../output/words.ts";
import { type ListOptions, printList } from "../pages.ts";
import { findModelVersion } from "./find-model-version.ts";
import { findRun } from "./find-run.ts";
import { collected, examples, withListOptions } from "./list-options.ts";

const kinds: ReadonlyMap<string, ModelArtifactKind> = new Map([
  ["data", ModelArtifactKind.DATA],
  ["model", ModelArtifactKind.MODEL],
  ["service", ModelArtifactKind.SERVICE],
]);

const columns = (now: number): readonly Column<ModelArtifact>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "KIND", cell: ({ kind }) => word(ModelArtifactKindSchema, kind) },
  { heading: "ARTIFACT VERSION", cell: ({ artifactVersion }) => artifactVersion },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "LINKED", cell: ({ createTime }) => ago(createTime, now) },
];

const runColumns = (now: number): readonly Column<ModelRun>[] => [
  { heading: "RUN", cell: ({ runName, run }) => runName || run },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "LINKED", cell: ({ createTime }) => ago(createTime, now) },
];

interface Linking {
  readonly artifact?: string[];
  readonly run?: string[];
  readonly kind?: string;
  readonly customName?: boolean;
  readonly all?: boolean;
}

interface Listing extends ListOptions {
  readonly runs?: boolean;
}

/** `models links`, `models link` and `models unlink`. */
export function addModelsLinks(models: Command, act: Act): void {
  withListOptions(
    models
      .command("links <model> [version]")
      .description("list the artifacts that a version consists of, all of them, or the runs that have to do with it")
      .option("--runs", "the runs"),
  ).action(act<Listing>(listLinks));
  models
    .command("link <model> <version>")
    .description("link artifacts and runs to a version; what is linked stays as it is")
    .option("--artifact <name=id>", "what it is in the model, and the id of an artifact version; again for more", collected)
    .option("--kind <kind>", `what the artifacts are: ${[...kinds.keys()].join(", ")}`)
    .option("--custom-name", "a person chose the names of the artifacts")
    .option("--run <run>", "a run that has to do with it; again for more", collected)
    .addHelpText("after", examples("models link penguin-classifier @champion --run brisk-otter"))
    .action(act<Linking>(link));
  models
    .command("unlink <model> <version>")
    .description("take artifacts and runs off a version")
    .option("--artifact <artifact>", "a name, or the id of an artifact version; again for more", collected)
    .option("--run <run>", "a run; again for more", collected)
    .option("--all", "all artifacts and runs")
    .addHelpText("after", examples("models unlink penguin-classifier 7 --artifact weights"))
    .action(act<Linking>(unlink));
}

const idOf = async (context: Context, model: string | undefined, version: string | undefined): Promise<string> =>
  (await findModelVersion(context, model, version)).id;

async function listLinks(context: Context, options: Listing, model: string | undefined, version = "latest"): Promise<void> {
  const modelVersion = await idOf(context, model, version);
  const asked = { modelVersion, filter: options.filter ?? "", orderBy: options.order ?? "" };
  const versions = context.connect().client(ModelVersionService);
  if (options.runs) {
    return printList(context, options, {
      schema: ModelRunSchema,
      columns: runColumns(context.now()),
      nothing: "no runs",
      fetch: async (page) => {
        const { runs: items, nextPageToken } = await versions.listModelRuns({ ...asked, ...page });
        return { items, nextPageToken };
      },
    });
  }
  await printList(context, options, {
    schema: ModelArtifactSchema,
    columns: columns(context.now()),
    nothing: "no artifacts",
    fetch: async (page) => {
      const { artifacts: items, nextPageToken } = await versions.listModelArtifacts({ ...asked, ...page });
      return { items, nextPageToken };
    },
  });
}

const runIds = (context: Context, names: readonly string[]) => Promise.all(names.map(async (name) => (await findRun(context, name)).id));

async function link(
  context: Context,
  { artifact = [], run = [], kind, customName = false }: Linking,
  model: string | undefined,
  version: string | undefined,
) {
  if (artifact.length === 0 && run.length === 0) throw wrongUsage("nothing is named to link", "npx signalbox models link --help");
  const as = kind === undefined ? ModelArtifactKind.UNSPECIFIED : kinds.get(kind);
  if (as === undefined) throw wrongUsage(`"${kind}" is no kind; those are ${[...kinds.keys()].join(", ")}`);
  const artifacts = artifact.map((text) => {
    const at = text.lastIndexOf("=");
    const artifactVersion = text.slice(at + 1);
    if (at < 1 || !isUuid(artifactVersion))
      throw wrongUsage(`"${text}" is no name with the id of an artifact version`, "--artifact weights=<id>");
    return { name: text.slice(0, at), artifactVersion, kind: as, customName };
  });
  const versions = context.connect().client(ModelVersionService);
  const [modelVersion, runs] = await Promise.all([idOf(context, model, version), runIds(context, run)]);
  if (artifacts.length > 0) await versions.addModelArtifacts({ modelVersion, artifacts });
  if (runs.length > 0) await versions.addModelRuns({ modelVersion, runs });
  context.print(context.options.json ? "{}" : `${counted(artifacts.length + runs.length, "link")} to ${model} ${version}`);
}

async function unlink(
  context: Context,
  { artifact = [], run = [], all = false }: Linking,
  model: string | undefined,
  version: string | undefined,
) {
  if (artifact.length === 0 && run.length === 0 && !all) throw wrongUsage("nothing is named to take off; --all takes all");
  const versions = context.connect().client(ModelVersionService);
  const [modelVersion, runs] = await Promise.all([idOf(context, model, version), runIds(context, run)]);
  let removed = 0n;
  if (all || artifact.length > 0) removed += (await versions.removeModelArtifacts({ modelVersion, artifacts: artifact, all })).removed;
  if (all || runs.length > 0) removed += (await versions.removeModelRuns({ modelVersion, runs, all })).removed;
  context.print(
    context.options.json ? JSON.stringify({ removed: String(removed) }) : `${counted(removed, "link")} taken off ${model} ${version}`,
  );
}
