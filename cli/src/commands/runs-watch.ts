import { type Run, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { ExitCode } from "../exit-code.ts";
import { CommandError } from "../failure.ts";
import { statusWord } from "../output/status.ts";
import { examples } from "./list-options.ts";
import { watchRun } from "./watch-run.ts";
import { watchRuns } from "./watch-runs.ts";

export function addRunsWatch(runs: Command, act: Act): void {
  runs
    .command("watch [run]")
    .description("follow a run until it ends, or all runs; exit code 1 where the run did not complete")
    .addHelpText(
      "after",
      examples("runs watch brisk-otter", "runs watch --project demo", "runs watch brisk-otter --json | jq -c '.run.status'"),
    )
    .action(
      act(async (context, _options, name) => {
        if (name === undefined) await watchRuns(context);
        else failUnlessCompleted(await watchRun(context, name));
      }),
    );
}

function failUnlessCompleted(run: Run): void {
  if (run.status === Status.COMPLETED) return;
  const message = `run ${run.name} ${run.status === Status.STOPPED ? "was stopped" : statusWord(run.status)}`;
  throw new CommandError({ exitCode: ExitCode.FAILED, reason: "RUN_NOT_COMPLETED", message, metadata: { run: run.id } });
}
