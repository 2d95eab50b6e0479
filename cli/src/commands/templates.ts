import { randomUUID } from "node:crypto";
import { type RunTemplate, RunTemplateSchema, RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { TaggedResourceSchema } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { printList } from "../pages.ts";
import { namedProject, projectOf } from "../project.ts";
import { findRun } from "./find-run.ts";
import { collected, examples, filterOf, type TaggedListOptions, withTaggedListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<RunTemplate>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "SNAPSHOT", cell: ({ snapshot }) => snapshot },
  { heading: "TAGS", cell: ({ tags }) => tags.join(", ") },
  { heading: "CHANGED", cell: ({ updateTime }) => ago(updateTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

/** `templates list`, `create`, `tag` and `delete`. */
export function addTemplates(program: Command, act: Act): void {
  const templates = program.command("templates").description("what runs are started from, by name");
  withTaggedListOptions(templates.command("list").description("list run templates")).action(
    act<TaggedListOptions>(async (context, options) => {
      const { client } = context.connect();
      await printList(context, options, {
        schema: RunTemplateSchema,
        columns: columns(context.now()),
        nothing: "no run templates",
        fetch: async (page) => {
          const request = { project: namedProject(context), filter: filterOf(options), orderBy: options.order ?? "", ...page };
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
    .option("--tag <tag>", "a tag to give it; again for more", collected)
    .addHelpText("after", examples("templates create nightly brisk-otter"))
    .action(
      act<{ description?: string; tag?: string[] }>(async (context, { description = "", tag: tags = [] }, name, run) => {
        const { project, snapshot } = await findRun(context, needed(run, "the run"));
        const request = { id: randomUUID(), name: needed(name, "the name"), project, snapshot, description, tags };
        const { runTemplate } = await context.connect().client(RunTemplateService).createRunTemplate(request);
        if (context.options.json && runTemplate) context.print(jsonText(RunTemplateSchema, runTemplate));
        else context.print(`run template ${runTemplate?.name ?? request.name} created`);
      }),
    );
  templates
    .command("tag <template>")
    .description("give a run template tags, or take some off")
    .option("--add <tag>", "a tag to give it; again for more", collected)
    .option("--remove <tag>", "a tag to take off; again for more", collected)
    .action(
      act<{ add?: string[]; remove?: string[] }>(async (context, { add = [], remove = [] }, reference) => {
        const { client } = context.connect();
        const runTemplate = needed(reference, "the run template");
        const { runTemplate: found } = await client(RunTemplateService).getRunTemplate({
          ...{ runTemplate, project: await projectOf(context, runTemplate) },
        });
        const request = { runTemplates: [found?.id ?? ""], addTags: add, removeTags: remove };
        const [after] = (await client(RunTemplateService).tagRunTemplates(request)).runTemplates;
        if (!after) return;
        if (context.options.json) context.print(jsonText(TaggedResourceSchema, after));
        else context.print(`run template ${runTemplate} is tagged ${after.tags.join(", ") || "with nothing"}`);
      }),
    );
  templates
    .command("delete <template>")
    .description("delete a run template; the snapshot that it executes stays")
    .action(
      act(async (context, _options, reference) => {
        const runTemplate = needed(reference, "the run template");
        const project = await projectOf(context, runTemplate);
        await context.connect().client(RunTemplateService).deleteRunTemplate({ runTemplate, project });
        context.print(context.options.json ? "{}" : `run template ${runTemplate} deleted`);
      }),
    );
}
