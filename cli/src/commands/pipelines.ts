import { type Pipeline, PipelineSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject, projectOf } from "../project.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<Pipeline>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "LATEST RUN", cell: ({ latestRun }) => latestRun?.name ?? "" },
  { heading: "STATUS", cell: ({ latestRun }) => latestRun?.status.toLowerCase() ?? "" },
  { heading: "CREATED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

/** `pipelines list` and `delete`. */
export function addPipelines(program: Command, act: Act): void {
  const pipelines = program.command("pipelines").description("what runs execute");
  withListOptions(pipelines.command("list").description("list pipelines")).action(
    act<ListOptions>(async (context, options) => {
      const { client } = context.connect();
      await printList(context, options, {
        schema: PipelineSchema,
        columns: columns(context.now()),
        nothing: "no pipelines",
        fetch: async (page) => {
          const request = { project: namedProject(context), filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
          const answer = await client(PipelineService).listPipelines(request);
          return { items: answer.pipelines, nextPageToken: answer.nextPageToken };
        },
      });
    }),
  );
  pipelines
    .command("delete <pipeline>")
    .description("delete a pipeline with its snapshots and their run templates; one that has runs stays unless these are to go")
    .option("--with-runs", "its runs too, also those in progress, and what they started")
    .addHelpText("after", examples("pipelines delete churn", "pipelines delete churn --with-runs"))
    .action(
      act<{ withRuns?: boolean }>(async (context, { withRuns = false }, name) => {
        const pipeline = needed(name, "the pipeline");
        const project = await projectOf(context, pipeline);
        await context.connect().client(PipelineService).deletePipeline({ pipeline, project, withRuns });
        context.print(context.options.json ? "{}" : `pipeline ${pipeline} deleted${withRuns ? "; its runs follow" : ""}`);
      }),
    );
}
