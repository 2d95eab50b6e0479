import { readFile } from "node:fs/promises";
import { toJson } from "@bufbuild/protobuf";
import { ModelSchema, type ModelVersion, ModelVersionSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import type { Context } from "../context.ts";
import { toFailure, wrongUsage } from "../failure.ts";
import { modelCard } from "../output/model-card.ts";
import { projectOf } from "../project.ts";
import { examples } from "./list-options.ts";

/** The texts of a model, by the option that writes them. */
const texts = {
  description: "what it does",
  license: "under which licence it may be used",
  audience: "whom it is for",
  useCases: "what it is good for",
  limitations: "what it is not good for",
  tradeOffs: "what was weighed against what",
  ethics: "what to mind when it is used on people",
} as const;
type Texts = { -readonly [K in keyof typeof texts]?: string };

/** `models card` and `models describe`. */
export function addModelsCard(models: Command, act: Act): void {
  models
    .command("card <model> [version]")
    .description("print the card of a model and a version of it, in Markdown")
    .addHelpText("after", examples("models card penguin-classifier @champion > card.md"))
    .action(act((context, _options, model, version) => printCard(context, model, version)));
  const describe = models.command("describe <model> [version]").description("write what people should know before they use it");
  for (const [option, meaning] of Object.entries(texts)) describe.option(`--${kebab(option)} <text>`, meaning);
  describe
    .option("--card <file>", "what there is to know of the version, a Markdown file; needs the version")
    .addHelpText(
      "after",
      examples(
        'models describe penguin-classifier --limitations "adult birds of three islands"',
        "models describe penguin-classifier @champion --card card.md",
      ),
    )
    .action(act<Texts & { card?: string }>(describeModel));
}

async function printCard(context: Context, modelName: string | undefined, which: string | undefined): Promise<void> {
  const { client } = context.connect();
  const reference = needed(modelName, "the model");
  const project = await projectOf(context, reference);
  const { model } = await client(ModelService).getModel({ model: reference, project });
  if (!model) return;
  const version = await versionOf(context, { model: reference, project, version: which ?? "latest" }, which === undefined);
  if (!context.options.json) return context.print(...modelCard(model, version));
  const both = { model: toJson(ModelSchema, model), ...(version && { modelVersion: toJson(ModelVersionSchema, version) }) };
  context.print(JSON.stringify(both, null, 2));
}

/** A model has a card before it has versions. */
async function versionOf(
  context: Context,
  asked: { model: string; project: string; version: string },
  mayLack: boolean,
): Promise<ModelVersion | undefined> {
  try {
    return (await context.connect().client(ModelVersionService).findModelVersion(asked)).modelVersion;
  } catch (error) {
    if (mayLack && toFailure(error).reason === "NOT_FOUND") return undefined;
    throw error;
  }
}

async function describeModel(
  context: Context,
  { card, ...options }: Texts & { card?: string },
  modelName: string | undefined,
  version: string | undefined,
): Promise<void> {
  const { client } = context.connect();
  const model = needed(modelName, "the model");
  const project = await projectOf(context, model);
  const given = Object.keys(texts).filter((option) => options[option as keyof Texts] !== undefined);
  if (given.length === 0 && card === undefined) throw wrongUsage("nothing is told of it", "npx signalbox models describe --help");
  if (card !== undefined && version === undefined) throw wrongUsage("the version is missing that the card is of");
  if (given.length > 0) {
    const updateMask = { paths: given.map((option) => kebab(option).replaceAll("-", "_")) };
    await client(ModelService).updateModel({ model, project, ...options, updateMask });
  }
  if (card !== undefined && version !== undefined) {
    const { modelVersion } = await client(ModelVersionService).findModelVersion({ model, project, version });
    const request = { modelVersion: modelVersion?.id ?? "", card: await readFile(card, "utf8"), updateMask: { paths: ["card"] } };
    await client(ModelVersionService).updateModelVersion(request);
  }
  context.print(context.options.json ? "{}" : `${model} is described`);
}

const kebab = (option: string): string => option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
