import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Run, type Step, StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed, parseCount, parseSpan, parseTime } from "../arguments.ts";
import { jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { statusCell } from "../output/status.ts";
import type { Column } from "../output/table.ts";
import { ago, took } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject } from "../project.ts";
import { findRun } from "./find-run.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns = (now: number, runs: ReadonlyMap<string, Run>): readonly Column<Step>[] => [
  { heading: "STEP", cell: ({ name, attempt }) => (attempt === 1 ? name : `${name}, attempt ${attempt}`) },
  { heading: "STATUS", cell: ({ status }) => statusCell(status), width: 9 },
  { heading: "STARTED", cell: ({ startTime }) => ago(startTime, now) },
  { heading: "TOOK", cell: ({ startTime, endTime }) => took(startTime, endTime, now) },
  { heading: "RUN", cell: ({ run }) => runs.get(run)?.name ?? run },
  { heading: "PIPELINE", cell: ({ run }) => runs.get(run)?.pipelineName ?? "" },
  { heading: "WHY", cell: ({ statusReason }) => statusReason.slice(0, 80) },
];

/** `steps list` and `show`. */
export function addSteps(program: Command, act: Act): void {
  const steps = program.command("steps").description("steps, whichever run they are of");
  addList(steps, act);
  addShow(steps, act);
  addExpire(steps, act);
}

function addList(steps: Command, act: Act): void {
  withListOptions(steps.command("list").description("list steps of all runs, newest first"))
    .option("--latest", "without attempts that were replaced")
    .addHelpText(
      "after",
      examples(
        "steps list --filter 'name = train AND status = FAILED'",
        `steps list --filter 'metrics.loss < 0.1 AND create_time > "-7d"'`,
        "steps list --filter 'cache_expired = true' --order 'update_time desc' --limit 20",
        "steps list --latest --json | jq -r '.[].id'",
      ),
    )
    .action(
      act<ListOptions & { readonly latest?: boolean }>(async (context, { latest = false, ...options }) => {
        const { client } = context.connect();
        const runs = new Map<string, Run>();
        await printList(context, options, {
          schema: StepSchema,
          columns: columns(context.now(), runs),
          nothing: "no steps",
          fetch: async (page) => {
            const request = { project: namedProject(context), filter: options.filter ?? "", orderBy: options.order ?? "", latest, ...page };
            const answer = await client(StepService).listProjectSteps(request);
            const ids = [...new Set(answer.steps.map(({ run }) => run))].filter((id) => !runs.has(id));
            if (ids.length > 0 && !context.options.json)
              for (const run of (await client(RunService).batchGetRuns({ ids })).runs) runs.set(run.id, run);
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

interface ExpireOptions {
  readonly attempt?: number;
  readonly in?: number;
  readonly at?: Date;
  readonly never?: boolean;
}

function addExpire(steps: Command, act: Act): void {
  steps
    .command("expire <run> <step>")
    .description("say until when the outputs of a step that has ended serve others from the cache; no longer, where no time is given")
    .option("--attempt <count>", "which attempt; the latest where it is not said", parseCount)
    .option("--in <span>", 'from then on they serve no more, such as "2h"', parseSpan)
    .option("--at <time>", "the same as a time, such as 2026-12-24T18:00:00Z", parseTime)
    .option("--never", "they serve for good")
    .addHelpText(
      "after",
      examples("steps expire brisk-otter prices", "steps expire brisk-otter prices --in 2h", "steps expire brisk-otter prices --never"),
    )
    .action(
      act<ExpireOptions>(async (context, options, reference, name) => {
        const until = untilOf(options, context.now());
        const run = await findRun(context, needed(reference, "the run"));
        const step = needed(name, "the step");
        const request = { run: run.id, step, attempt: options.attempt ?? 0, ...(until && { cacheExpireTime: timestampFromDate(until) }) };
        const answer = await context.connect().client(StepService).setCacheExpiry(request);
        if (context.options.json && answer.step) context.print(jsonText(StepSchema, answer.step));
        else context.print(`${step} of ${run.name}: ${served(until, context.now())}`);
      }),
    );
}

/** Until when they serve; undefined for good. */
function untilOf({ in: seconds, at, never = false }: ExpireOptions, now: number): Date | undefined {
  if ([seconds !== undefined, at !== undefined, never].filter(Boolean).length > 1)
    throw wrongUsage("--in, --at and --never say different things");
  return never ? undefined : (at ?? new Date(now + (seconds ?? 0) * 1000));
}

function served(until: Date | undefined, now: number): string {
  if (!until) return "its outputs serve for good";
  return until.getTime() <= now ? "its outputs serve no more" : `its outputs serve until ${until.toISOString()}`;
}
