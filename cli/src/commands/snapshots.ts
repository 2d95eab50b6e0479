import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Snapshot, SnapshotSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { PruneSnapshotsResponseSchema, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { TaggedResourceSchema } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed, parseSpan } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { printList } from "../pages.ts";
import { namedProject } from "../project.ts";
import { collected, examples, filterOf, type TaggedListOptions, withTaggedListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<Snapshot>[] => [
  { heading: "ID", cell: ({ id }) => id },
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "PIPELINE", cell: ({ pipelineName }) => pipelineName },
  { heading: "TAGS", cell: ({ tags }) => tags.join(", ") },
  { heading: "CREATED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

/** `snapshots list`, `name`, `tag`, `delete` and `prune`. */
export function addSnapshots(program: Command, act: Act): void {
  const snapshots = program.command("snapshots").description("what pipelines were when they ran");
  withTaggedListOptions(snapshots.command("list").description("list snapshots")).action(act<TaggedListOptions>(listSnapshots));
  snapshots
    .command("name <snapshot> [name]")
    .description("give a snapshot a name that is unique in its pipeline; without one it loses the one it has")
    .option("--replace", "take the name from the snapshot that has it")
    .option("--description <text>", "what sets it apart")
    .addHelpText("after", examples("snapshots name 0192a5d4-0000-7000-8000-000000000001 baseline --replace"))
    .action(
      act<{ replace?: boolean; description?: string }>(async (context, { replace = false, description }, id, name = "") => {
        const paths = ["name", ...(description === undefined ? [] : ["description"])];
        const request = { snapshot: needed(id, "the snapshot"), name, replace, description: description ?? "", updateMask: { paths } };
        const { snapshot } = await context.connect().client(SnapshotService).updateSnapshot(request);
        if (context.options.json && snapshot) context.print(jsonText(SnapshotSchema, snapshot));
        else context.print(name === "" ? `snapshot ${id} has no name` : `snapshot ${id} is named ${name}`);
      }),
    );
  snapshots
    .command("tag <snapshot>")
    .description("give a snapshot tags, or take some off")
    .option("--add <tag>", "a tag to give it; again for more", collected)
    .option("--remove <tag>", "a tag to take off; again for more", collected)
    .action(
      act<{ add?: string[]; remove?: string[] }>(async (context, { add = [], remove = [] }, id) => {
        const request = { snapshots: [needed(id, "the snapshot")], addTags: add, removeTags: remove };
        const { snapshots: tagged } = await context.connect().client(SnapshotService).tagSnapshots(request);
        const [after] = tagged;
        if (!after) return;
        if (context.options.json) context.print(jsonText(TaggedResourceSchema, after));
        else context.print(`snapshot ${id} is tagged ${after.tags.join(", ") || "with nothing"}`);
      }),
    );
  snapshots
    .command("delete <snapshot>")
    .description("delete a snapshot that no run and no run template executes")
    .action(
      act(async (context, _options, id) => {
        await context
          .connect()
          .client(SnapshotService)
          .deleteSnapshot({ snapshot: needed(id, "the snapshot") });
        context.print(context.options.json ? "{}" : `snapshot ${id} deleted`);
      }),
    );
  snapshots
    .command("prune")
    .description("delete the snapshots of a project that have no name, no run and no run template")
    .option("--older-than <span>", 'only what was made so long ago, such as "30d"; an hour where not said', parseSpan)
    .option("--dry-run", "say how many, and delete nothing")
    .addHelpText("after", examples("snapshots prune --dry-run", "snapshots prune --older-than 30d"))
    .action(act<Pruning>(pruneSnapshots));
}

interface Pruning {
  readonly olderThan?: number;
  readonly dryRun?: boolean;
}

async function pruneSnapshots(context: Context, { dryRun = false, olderThan }: Pruning): Promise<void> {
  const project = namedProject(context);
  if (project === "") throw wrongUsage("no project is named", "--project with its name");
  const before = olderThan === undefined ? {} : { createdBefore: timestampFromMs(context.now() - olderThan * 1000) };
  const answer = await context
    .connect()
    .client(SnapshotService)
    .pruneSnapshots({ project, dryRun, ...before });
  if (context.options.json) return context.print(jsonText(PruneSnapshotsResponseSchema, answer));
  const gone = `${answer.snapshotCount} snapshots ${dryRun ? "would be" : "were"} deleted`;
  context.print(answer.finished ? gone : `${gone}; there are more, so say it again`);
}

async function listSnapshots(context: Context, options: TaggedListOptions): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: SnapshotSchema,
    columns: columns(context.now()),
    nothing: "no snapshots",
    fetch: async (page) => {
      const request = { project: namedProject(context), filter: filterOf(options), orderBy: options.order ?? "", ...page };
      const answer = await client(SnapshotService).listSnapshots(request);
      return { items: answer.snapshots, nextPageToken: answer.nextPageToken };
    },
  });
}
