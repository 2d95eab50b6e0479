import { ModelStageSchema, type StageChange, StageChangeSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { word } from "../output/words.ts";
import { type ListOptions, printList } from "../pages.ts";
import { projectOf } from "../project.ts";
import { findModelVersion } from "./find-model-version.ts";
import { withListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<StageChange>[] => [
  { heading: "WHEN", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "VERSION", cell: ({ number }) => String(number) },
  { heading: "FROM", cell: ({ from }) => word(ModelStageSchema, from) || "none" },
  { heading: "TO", cell: ({ to }) => word(ModelStageSchema, to) || "none" },
  { heading: "FORCED", cell: ({ forced }) => (forced ? "yes" : "") },
  { heading: "BY", cell: ({ by }) => by?.name ?? "" },
  { heading: "REASON", cell: ({ reason }) => reason },
];

/** `models history` */
export function addModelsHistory(models: Command, act: Act): void {
  withListOptions(
    models
      .command("history <model> [version]")
      .description("which versions stood where, and who moved them; of one version where it is named"),
  ).action(
    act<ListOptions>(async (context, options, name, version) => {
      const { client } = context.connect();
      const model = needed(name, "the model");
      const project = await projectOf(context, model);
      const of = version === undefined ? [] : [`model_version = ${(await findModelVersion(context, model, version)).id}`];
      const filter = [...of, ...(options.filter ? [of.length > 0 ? `(${options.filter})` : options.filter] : [])].join(" AND ");
      await printList(context, options, {
        schema: StageChangeSchema,
        columns: columns(context.now()),
        nothing: "no version was moved",
        fetch: async (page) => {
          const request = { model, project, filter, orderBy: options.order ?? "", ...page };
          const answer = await client(ModelVersionService).listStageChanges(request);
          return { items: answer.stageChanges, nextPageToken: answer.nextPageToken };
        },
      });
    }),
  );
}
