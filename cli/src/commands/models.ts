import { type Model, ModelSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import type { Context } from "../context.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject } from "../project.ts";
import { examples, withListOptions } from "./list-options.ts";
import { addModelsCard } from "./models-card.ts";
import { addModelsHistory } from "./models-history.ts";
import { addModelsLinks } from "./models-links.ts";
import { addModelsMove } from "./models-move.ts";
import { addModelsPromotions } from "./models-promotions.ts";
import { showModel } from "./models-show.ts";

const columns = (now: number): readonly Column<Model>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "LATEST", cell: ({ latestNumber }) => (latestNumber ? String(latestNumber) : "") },
  { heading: "ALIASES", cell: ({ aliases }) => aliases.map(({ alias, number }) => `${alias} ${number}`).join(", ") },
  { heading: "CHANGED", cell: ({ updateTime }) => ago(updateTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

/** `models list` and `models show`, and what moves among versions or is told of them. */
export function addModels(program: Command, act: Act): void {
  const models = program.command("models").description("what was trained");
  withListOptions(models.command("list").description("list models")).action(act<ListOptions>(listModels));
  models
    .command("show <model> [version]")
    .description(
      'show a version of a model and what it was made from; a version is a number, a name, a stage, "@" and an alias, or "latest"',
    )
    .addHelpText(
      "after",
      examples("models show penguin-classifier", "models show penguin-classifier staging", "models show penguin-classifier @champion"),
    )
    .action(act((context, _options, model, version) => showModel(context, model, version)));
  addModelsMove(models, act);
  addModelsPromotions(models, act);
  addModelsHistory(models, act);
  addModelsLinks(models, act);
  addModelsCard(models, act);
}

async function listModels(context: Context, options: ListOptions): Promise<void> {
  const { client } = context.connect();
  const project = namedProject(context);
  await printList(context, options, {
    schema: ModelSchema,
    columns: columns(context.now()),
    nothing: "no models",
    fetch: async (page) => {
      const answer = await client(ModelService).listModels({
        project,
        filter: options.filter ?? "",
        orderBy: options.order ?? "",
        ...page,
      });
      return { items: answer.models, nextPageToken: answer.nextPageToken };
    },
  });
}
