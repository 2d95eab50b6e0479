import { type Run, RunSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { statusCell } from "../output/status.ts";
import type { Column } from "../output/table.ts";
import { ago, took } from "../output/time.ts";
import { printList } from "../pages.ts";
import { namedProject } from "../project.ts";
import { findRun } from "./find-run.ts";
import { examples, filterOf, type TaggedListOptions, withTaggedListOptions } from "./list-options.ts";

/** How many steps of a run are done, of how many: "3/6". */
export const stepCount = ({ steps }: Run): string => (steps ? `${steps.completed + steps.cached}/${steps.total}` : "");

const columns = (now: number): readonly Column<Run>[] => [
  { heading: "NAME", cell: ({ name }) => name, width: 16 },
  { heading: "STATUS", cell: ({ status }) => statusCell(status), width: 9 },
  { heading: "STARTED", cell: ({ startTime }) => ago(startTime, now), width: 10 },
  { heading: "TOOK", cell: ({ startTime, endTime }) => took(startTime, endTime, now), width: 6 },
  { heading: "STEPS", cell: stepCount },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "TAGS", cell: ({ tags }) => tags.join(", ") },
];

export function addRunsList(runs: Command, act: Act): void {
  withTaggedListOptions(runs.command("list").description("list runs, newest first"))
    .option("--of <run>", "only those that this run started")
    .addHelpText(
      "after",
      examples(
        "runs list --limit 20",
        "runs list --tag nightly --tag champion",
        `runs list --filter 'status = FAILED AND pipeline.name = "penguins" AND start_time > "-7d"'`,
        "runs list --filter 'metadata.accuracy > 0.9 AND metrics.loss < 0.1'",
        "runs list --filter 'model = penguin-classifier AND stack = gpu'",
        "runs list --of brisk-otter",
        "runs list --json | jq -r '.[].name'",
      ),
    )
    .action(
      act<TaggedListOptions & { readonly of?: string }>(async (context, options) => {
        const { client } = context.connect();
        const filter = options.of === undefined ? filterOf(options) : startedBy(await findRun(context, options.of), filterOf(options));
        await printList(context, options, {
          schema: RunSchema,
          columns: columns(context.now()),
          nothing: "no runs",
          fetch: async (page) => {
            const request = { project: namedProject(context), filter, orderBy: options.order ?? "", ...page };
            const answer = await client(RunService).listRuns(request);
            return { items: answer.runs, nextPageToken: answer.nextPageToken };
          },
        });
      }),
    );
}

const startedBy = ({ id }: Run, filter: string | undefined) => `parent_run = ${id}${filter ? ` AND (${filter})` : ""}`;
