import { type Step, StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed, parseCount } from "../arguments.ts";
import { jsonText } from "../context.ts";
import { statusCell } from "../output/status.ts";
import type { Column } from "../output/table.ts";
import { ago, took } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject } from "../project.ts";
import { findRun } from "./find-run.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns = (now: number): readonly Column<Step>[] => [
  { heading: "STEP", cell: ({ name, attempt }) => (attempt === 1 ? name : `${name}, attempt ${attempt}`) },
  { heading: "STATUS", cell: ({ status }) => statusCell(status), width: 9 },
  { heading: "STARTED", cell: ({ startTime }) => ago(startTime, now) },
  { heading: "TOOK", cell: ({ startTime, endTime }) => took(startTime, endTime, now) },
  { heading: "RUN", cell: ({ run }) => run },
  { heading: "WHY", cell: ({ statusReason }) => statusReason.slice(0, 80) },
];

/** `steps list` and `show`. */
export function addSteps(program: Command, act: Act): void {
  const steps = program.command("steps").description("steps, whichever run they are of");
  addList(steps, act);
  addShow(steps, act);
}

function addList(steps: Command, act: Act): void {
  withListOptions(steps.command("list").description("list steps of all runs, newest first"))
    .option("--latest", "without attempts that were replaced")
    .addHelpText(
      "after",
      examples(
        "steps list --filter 'name = train AND status = FAILED'",
        `steps list --filter 'metrics.loss < 0.1 AND create_time > "-7d"'`,
        "steps list --latest --json | jq -r '.[].id'",
      ),
    )
    .action(
      act<ListOptions & { readonly latest?: boolean }>(async (context, { latest = false, ...options }) => {
        const { client } = context.connect();
        await printList(context, options, {
          schema: StepSchema,
          columns: columns(context.now()),
          nothing: "no steps",
          fetch: async (page) => {
            const request = { project: namedProject(context), filter: options.filter ?? "", orderBy: options.order ?? "", latest, ...page };
            const answer = await client(StepService).listProjectSteps(request);
            return { items: answer.steps, nextPageToken: answer.nextPageToken };
          },
        });
      }),
    );
}

function addShow(steps: Command, act: Act): void {
  steps
    .command("show <run> <step>")
    .description("show all that is known of a step, as JSON: its code too")
    .option("--attempt <count>", "which attempt; the latest where it is not said", parseCount)
    .addHelpText("after", examples("steps show brisk-otter train", "steps show brisk-otter train --attempt 1 | jq -r .sourceCode"))
    .action(
      act<{ readonly attempt?: number }>(async (context, { attempt = 0 }, run, step) => {
        const { id } = await findRun(context, needed(run, "the run"));
        const { client } = context.connect();
        const answer = await client(RunService).getStep({ run: id, step: needed(step, "the step"), attempt });
        if (answer.step) context.print(jsonText(StepSchema, answer.step));
      }),
    );
}
