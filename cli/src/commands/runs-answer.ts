import { Resolution, type WaitCondition, WaitConditionSchema } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { findRun } from "./find-run.ts";
import { examples } from "./list-options.ts";

interface Answering {
  readonly to?: string;
  readonly abort?: boolean;
  readonly reason?: string;
}

export function addRunsAnswer(runs: Command, act: Act): void {
  runs
    .command("answer <run> [json]")
    .description("answer what a run waits for")
    .option("--to <name>", "which question, where the run asks several")
    .option("--abort", "end the run instead")
    .option("--reason <text>", "why, for the record")
    .addHelpText(
      "after",
      examples(
        `runs answer brisk-otter '{"approve": true}'`,
        "runs answer brisk-otter --to approve 12",
        "runs answer brisk-otter --abort --reason 'too risky'",
      ),
    )
    .action(
      act<Answering>(async (context, { to, abort = false, reason = "" }, name, json) => {
        const run = await findRun(context, needed(name, "the run"));
        const waitCondition = to ?? (await onlyQuestion(context, run)).name;
        const resolution = abort ? Resolution.ABORT : Resolution.CONTINUE;
        const request = { run: run.id, waitCondition, resolution, reason, ...(json !== undefined && { result: { text: json } }) };
        const { waitCondition: answered } = await context.connect().client(WaitConditionService).answerWaitCondition(request);
        if (!answered) return;
        if (context.options.json) context.print(jsonText(WaitConditionSchema, answered));
        else
          context.print(abort ? `run ${run.name} is aborted at "${answered.name}"` : `"${answered.name}" of run ${run.name} is answered`);
      }),
    );
}

/** What a run waits for, where that is one thing. */
async function onlyQuestion(context: Context, run: { readonly id: string; readonly name: string }): Promise<WaitCondition> {
  const request = { filter: `run = ${run.id} AND status = PENDING`, pageSize: 10 };
  const { waitConditions } = await context.connect().client(WaitConditionService).listWaitConditions(request);
  const [only, ...others] = waitConditions;
  if (only && others.length === 0) return only;
  if (!only) throw wrongUsage(`run ${run.name} waits for no answer`, `npx signalbox waits list --all --filter 'run = ${run.id}'`);
  const names = waitConditions.map(({ name }) => name).join(", ");
  throw wrongUsage(`run ${run.name} waits for several answers: ${names}`, `npx signalbox runs answer ${run.name} --to ${only.name}`);
}
