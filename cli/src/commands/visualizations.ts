import { randomUUID } from "node:crypto";
import { VisualizationType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import {
  type CuratedVisualization,
  CuratedVisualizationSchema,
  CuratedVisualizationService,
  VisualizationService,
  VisualizationWidth,
  VisualizationWidthSchema,
} from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { ResourceKind, ResourceKindSchema } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { type Command, Option } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { word } from "../output/words.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject } from "../project.ts";
import { findVersion } from "./artifacts-version.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<CuratedVisualization>[] => [
  { heading: "ID", cell: ({ id }) => id },
  { heading: "TITLE", cell: ({ displayName }) => displayName },
  { heading: "WITH", cell: ({ resourceKind, resource }) => `${word(ResourceKindSchema, resourceKind)} ${resource}` },
  { heading: "POSITION", cell: ({ position }) => (position === undefined ? "" : String(position)) },
  { heading: "WIDTH", cell: ({ width }) => (width ? word(VisualizationWidthSchema, width) : "") },
  { heading: "CREATED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
];

const types = ["csv", "html", "image", "markdown", "json"];
const shownWith = ["project", "pipeline", "snapshot", "run", "model"];

interface Pinning {
  readonly to: string;
  readonly resource: string;
  readonly title?: string;
  readonly position?: string;
  readonly width?: string;
}

/** `visualizations add`, `pin`, `list` and `unpin`. */
export function addVisualizations(program: Command, act: Act): void {
  const visualizations = program.command("visualizations").description("how artifact versions can be shown, and where people see them");
  visualizations
    .command("add <artifact> [version]")
    .description("make known how a version of an artifact can be shown")
    .addOption(new Option("--type <type>", "what it is").choices(types).makeOptionMandatory())
    .requiredOption("--uri <uri>", "where its content lies")
    .addHelpText("after", examples("visualizations add penguins 3 --type html --uri s3://lake/penguins.html"))
    .action(
      act<{ type: string; uri: string }>(async (context, { type, uri }, artifact, version) => {
        const { id: artifactVersion } = await findVersion(context, artifact, version);
        const request = {
          id: randomUUID(),
          artifactVersion,
          uri,
          type: VisualizationType[type.toUpperCase() as keyof typeof VisualizationType],
        };
        await context.connect().client(VisualizationService).createVisualization(request);
        context.print(context.options.json ? JSON.stringify({ id: request.id }) : `visualization ${request.id} added`);
      }),
    );
  visualizations
    .command("pin <visualization>")
    .description("show a visualization with a resource")
    .addOption(new Option("--to <kind>", "what it is shown with").choices(shownWith).makeOptionMandatory())
    .requiredOption("--resource <id>", "the UUID of that")
    .option("--title <text>", "what people see over it")
    .option("--position <number>", "its place among those of the resource; last where not said")
    .addOption(new Option("--width <width>", "how wide it is shown").choices(["full", "half"]))
    .addHelpText(
      "after",
      examples("visualizations pin 0192a5d4-0000-7000-8000-000000000001 --to model --resource 0192a5d4-0000-7000-8000-000000000002"),
    )
    .action(
      act<Pinning>(async (context, { to, resource, title = "", position, width = "unspecified" }, visualization) => {
        const project = namedProject(context);
        if (project === "") throw wrongUsage("no project is named", "--project with its name");
        const request = {
          ...{ id: randomUUID(), project, visualization: needed(visualization, "the visualization"), resource, displayName: title },
          resourceKind: ResourceKind[to.toUpperCase() as keyof typeof ResourceKind],
          width: VisualizationWidth[width.toUpperCase() as keyof typeof VisualizationWidth],
          ...(position !== undefined && { position: Number(position) }),
        };
        const { curatedVisualization } = await context.connect().client(CuratedVisualizationService).createCuratedVisualization(request);
        if (context.options.json && curatedVisualization) context.print(jsonText(CuratedVisualizationSchema, curatedVisualization));
        else context.print(`visualization pinned; to take it off: visualizations unpin ${request.id}`);
      }),
    );
  withListOptions(visualizations.command("list").description("list what is pinned")).action(
    act<ListOptions>(async (context, options) => {
      const { client } = context.connect();
      await printList(context, options, {
        schema: CuratedVisualizationSchema,
        columns: columns(context.now()),
        nothing: "nothing is pinned",
        fetch: async (page) => {
          const request = { project: namedProject(context), filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
          const answer = await client(CuratedVisualizationService).listCuratedVisualizations(request);
          return { items: answer.curatedVisualizations, nextPageToken: answer.nextPageToken };
        },
      });
    }),
  );
  visualizations
    .command("unpin <pinned>")
    .description("take a visualization off a resource; it stays with its version")
    .action(
      act(async (context, _options, pinned) => {
        const request = { curatedVisualization: needed(pinned, "what is pinned") };
        await context.connect().client(CuratedVisualizationService).deleteCuratedVisualization(request);
        context.print(context.options.json ? "{}" : "visualization taken off");
      }),
    );
}
