import { ModelAliasSchema, ModelVersionSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { type TaggedResource, TaggedResourceSchema } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { projectOf } from "../project.ts";
import { collected, examples } from "./list-options.ts";
import { stageNamed, stageNames } from "./model-stages.ts";

/** `models alias`, `models stage` and `models tag`: which version goes by which name, where it stands, and what is tagged. */
export function addModelsMove(models: Command, act: Act): void {
  models
    .command("alias <model> <alias> [version]")
    .description("let an alias stand for a version, whichever it stood for before")
    .option("--delete", "take it off its version")
    .addHelpText(
      "after",
      examples("models alias penguin-classifier champion 7", "models alias penguin-classifier champion @challenger") +
        "\n  $ npx signalbox models alias penguin-classifier champion --delete",
    )
    .action(act<{ delete?: boolean }>(moveAlias));
  models
    .command("stage <model> <version> <stage>")
    .description(`move a version to a stage: ${stageNames.join(", ")}`)
    .option("--force", "archive the version that stands there")
    .option("--reason <text>", "why, for the history")
    .addHelpText("after", examples('models stage penguin-classifier 7 production --force --reason "better on Torgersen"'))
    .action(act<{ force?: boolean; reason?: string }>(moveStage));
  models
    .command("tag <model> [version]")
    .description("give a version of a model tags, or take some off; without a version, the model")
    .option("--add <tag>", "a tag to give it; again for more", collected)
    .option("--remove <tag>", "a tag to take off; again for more", collected)
    .addHelpText("after", examples("models tag penguin-classifier --add vision", "models tag penguin-classifier @champion --add audited"))
    .action(act<{ add?: string[]; remove?: string[] }>(tagModel));
}

async function moveAlias(
  context: Context,
  options: { delete?: boolean },
  modelName: string | undefined,
  aliasName: string | undefined,
  version: string | undefined,
): Promise<void> {
  const [model, alias] = [needed(modelName, "the model"), needed(aliasName, "the alias")];
  const models = context.connect().client(ModelService);
  const project = await projectOf(context, model);
  if (options.delete) {
    await models.deleteModelAlias({ model, project, alias });
    context.print(context.options.json ? "{}" : `${model} has no ${alias} any more`);
    return;
  }
  if (version === undefined) throw wrongUsage("the version is missing", `npx signalbox models alias ${model} ${alias} latest`);
  const { alias: now, movedFrom } = await models.setModelAlias({ model, project, alias, version });
  if (!now) return;
  if (context.options.json) context.print(jsonText(ModelAliasSchema, now));
  else context.print(`${alias} of ${model} is version ${now.number}${movedFrom ? " now" : ""}`);
}

async function moveStage(
  context: Context,
  { force = false, reason = "" }: { force?: boolean; reason?: string },
  modelName: string | undefined,
  which: string | undefined,
  stageName: string | undefined,
): Promise<void> {
  const [model, version, to] = [needed(modelName, "the model"), needed(which, "the version"), needed(stageName, "the stage")];
  const stage = stageNamed(to);
  const versions = context.connect().client(ModelVersionService);
  const project = await projectOf(context, model);
  const { modelVersion: found } = await versions.findModelVersion({ model, project, version });
  const { modelVersion, archived } = await versions.setModelStage({ modelVersion: found?.id ?? "", stage, force, reason });
  if (!modelVersion) return;
  if (context.options.json) context.print(jsonText(ModelVersionSchema, modelVersion));
  else context.print(`version ${modelVersion.number} of ${model} stands at ${to}${archived ? "; the one before is archived" : ""}`);
}

async function tagModel(
  context: Context,
  { add = [], remove = [] }: { add?: string[]; remove?: string[] },
  modelName: string | undefined,
  version: string | undefined,
): Promise<void> {
  const reference = needed(modelName, "the model");
  const project = await projectOf(context, reference);
  const tags = { addTags: add, removeTags: remove };
  const [after] = await (version === undefined
    ? tagWhole(context, { model: reference, project }, tags)
    : tagVersion(context, { model: reference, project, version }, tags));
  if (!after) return;
  const what = version === undefined ? reference : `${reference} ${version}`;
  if (context.options.json) context.print(jsonText(TaggedResourceSchema, after));
  else context.print(`${what} is tagged ${after.tags.join(", ") || "with nothing"}`);
}

interface Tags {
  readonly addTags: string[];
  readonly removeTags: string[];
}

async function tagWhole(context: Context, asked: { model: string; project: string }, tags: Tags): Promise<TaggedResource[]> {
  const models = context.connect().client(ModelService);
  const { model } = await models.getModel(asked);
  return (await models.tagModels({ models: [model?.id ?? ""], ...tags })).models;
}

async function tagVersion(
  context: Context,
  asked: { model: string; project: string; version: string },
  tags: Tags,
): Promise<TaggedResource[]> {
  const versions = context.connect().client(ModelVersionService);
  const { modelVersion } = await versions.findModelVersion(asked);
  return (await versions.tagModelVersions({ modelVersions: [modelVersion?.id ?? ""], ...tags })).modelVersions;
}
