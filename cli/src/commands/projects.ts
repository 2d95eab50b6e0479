import { randomUUID } from "node:crypto";
import { type Project, ProjectSchema } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<Project>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "CREATED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

/** `projects list` and `projects create`. */
export function addProjects(program: Command, act: Act): void {
  const projects = program.command("projects").description("what pipelines, runs, artifacts and models live in");
  withListOptions(projects.command("list").description("list the projects that you may see")).action(
    act<ListOptions>(async (context, options) => {
      const { client } = context.connect();
      await printList(context, options, {
        schema: ProjectSchema,
        columns: columns(context.now()),
        nothing: "no projects",
        fetch: async (page) => {
          const answer = await client(ProjectService).listProjects({ filter: options.filter ?? "", orderBy: options.order ?? "", ...page });
          return { items: answer.projects, nextPageToken: answer.nextPageToken };
        },
      });
    }),
  );
  projects
    .command("create <name>")
    .description("create a project")
    .option("--description <text>", "what it is for")
    .option("--display-name <text>", "what people see")
    .addHelpText("after", examples("projects create demo --description 'to try things'"))
    .action(
      act<{ description?: string; displayName?: string }>(async (context, { description = "", displayName = "" }, name) => {
        const { client } = context.connect();
        const request = { id: randomUUID(), name: needed(name, "the name"), description, displayName };
        const { project } = await client(ProjectService).createProject(request);
        if (context.options.json && project) context.print(jsonText(ProjectSchema, project));
        else context.print(`project ${project?.name ?? name} created`);
      }),
    );
}
