import { randomUUID } from "node:crypto";
import { type Build, BuildSchema, BuildService } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { ExitCode } from "../exit-code.ts";
import { CommandError, wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { printable } from "../output/width.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject, projectOf } from "../project.ts";
import { collected, examples, withListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<Build>[] => [
  { heading: "ID", cell: ({ id }) => id },
  { heading: "CHECKSUM", cell: ({ checksum }) => checksum.slice(0, 12) },
  { heading: "LOCAL", cell: ({ local }) => (local ? "yes" : "") },
  { heading: "PYTHON", cell: ({ pythonVersion }) => pythonVersion },
  { heading: "CREATED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
];

interface Recording {
  readonly image?: readonly string[];
  readonly pipeline?: string;
  readonly stack?: string;
  readonly checksum?: string;
  readonly local?: boolean;
}

/** `builds list`, `show`, `record` and `delete`. */
export function addBuilds(program: Command, act: Act): void {
  const builds = program.command("builds").description("the images that pipelines run in");
  withListOptions(builds.command("list").description("list builds")).action(act<ListOptions>(listBuilds));
  builds
    .command("show <build>")
    .description("show the images of a build")
    .action(
      act(async (context, _options, id) => {
        const { build } = await context
          .connect()
          .client(BuildService)
          .getBuild({ build: needed(id, "the build") });
        if (context.options.json && build) context.print(jsonText(BuildSchema, build));
        else for (const [key, { image }] of Object.entries(build?.images ?? {})) context.print(`${key} → ${image}`);
      }),
    );
  builds
    .command("record")
    .description("record what was built")
    .option("--image <key=image>", "an image and what it is for; again for more", collected)
    .option("--pipeline <pipeline>", "the pipeline that it was built for")
    .option("--stack <stack>", "the stack that it was built for")
    .option("--checksum <text>", "what to find it by again")
    .option("--local", "the images lie on this machine only")
    .addHelpText("after", examples("builds record --pipeline churn --image orchestrator=registry.example/churn:1"))
    .action(act<Recording>(recordBuild));
  builds
    .command("delete <builds...>")
    .description("delete builds that no snapshot names; their images stay where they are")
    .action(act((context, _options, ...ids) => deleteBuilds(context, ids as string[])));
}

/** As many as one call takes. */
const portion = 100;

async function deleteBuilds(context: Context, ids: readonly string[]): Promise<void> {
  const { client } = context.connect();
  const [only] = ids;
  if (only !== undefined && ids.length === 1) {
    await client(BuildService).deleteBuild({ build: only });
    return context.print(context.options.json ? "{}" : `build ${only} deleted`);
  }
  const answers = [];
  for (let at = 0; at < ids.length; at += portion) {
    answers.push(await client(BuildService).batchDeleteBuilds({ builds: ids.slice(at, at + portion) }));
  }
  const [deleted, refused] = [answers.flatMap((each) => each.deleted), answers.flatMap((each) => each.refused)];
  if (context.options.json) {
    context.print(JSON.stringify({ deleted, refused: refused.map(({ id, reason, message }) => ({ id, reason, message })) }));
  } else context.print(`${deleted.length} of ${ids.length} builds deleted`, ...refused.map(({ message }) => printable(message)));
  if (refused.length === 0) return;
  throw new CommandError({ exitCode: ExitCode.CONFLICT, reason: "IN_USE", message: `${refused.length} builds are in use and stay` });
}

async function listBuilds(context: Context, options: ListOptions): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: BuildSchema,
    columns: columns(context.now()),
    nothing: "no builds",
    fetch: async (page) => {
      const request = { project: namedProject(context), filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
      const answer = await client(BuildService).listBuilds(request);
      return { items: answer.builds, nextPageToken: answer.nextPageToken };
    },
  });
}

async function recordBuild(context: Context, { image = [], pipeline = "", stack = "", checksum = "", local = false }: Recording) {
  const images = Object.fromEntries(image.map(imageOf));
  const project = await projectOf(context, pipeline || "build");
  const request = { id: randomUUID(), project, pipeline, stack, checksum, local, images };
  const { build } = await context.connect().client(BuildService).createBuild(request);
  if (context.options.json && build) context.print(jsonText(BuildSchema, build));
  else context.print(`build ${build?.id ?? request.id} recorded`);
}

function imageOf(pair: string): [string, { readonly image: string }] {
  const at = pair.indexOf("=");
  if (at < 1) throw wrongUsage(`"${pair}" does not say what the image is for`, "--image orchestrator=registry.example/churn:1");
  return [pair.slice(0, at), { image: pair.slice(at + 1) }];
}
