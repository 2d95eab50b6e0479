import { randomUUID } from "node:crypto";
import { type RunTemplate, RunTemplateSchema, RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject } from "../project.ts";
import { findRun } from "./find-run.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<RunTemplate>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "SNAPSHOT", cell: ({ snapshot }) => snapshot },
  { heading: "CHANGED", cell: ({ updateTime }) => ago(updateTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

/** `templates list` and `templates create`. */
export function addTemplates(program: Command, act: Act): void {
  const templates = program.command("templates").description("what runs are started from, by name");
  withListOptions(templates.command("list").description("list run templates")).action(
    act<ListOptions>(async (context, options) => {
      const { client } = context.connect();
      await printList(context, options, {
        schema: RunTemplateSchema,
        columns: columns(context.now()),
        nothing: "no run templates",
        fetch: async (page) => {
          const request = { project: namedProject(context), filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
          const answer = await client(RunTemplateService).listRunTemplates(request);
          return { items: answer.runTemplates, nextPageToken: answer.nextPageToken };
        },
      });
    }),
  );
  templates
    .command("create <name> <run>")
    .description("make a template of what a run executed")
    .option("--description <text>", "what it is for")
    .addHelpText("after", examples("templates create nightly brisk-otter"))
    .action(
      act<{ description?: string }>(async (context, { description = "" }, name, run) => {
        const { project, snapshot } = await findRun(context, needed(run, "the run"));
        const request = { id: randomUUID(), name: needed(name, "the name"), project, snapshot, description };
        const { runTemplate } = await context.connect().client(RunTemplateService).createRunTemplate(request);
        if (context.options.json && runTemplate) context.print(jsonText(RunTemplateSchema, runTemplate));
        else context.print(`run template ${runTemplate?.name ?? request.name} created`);
      }),
    );
}
