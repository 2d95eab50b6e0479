import { RunSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import { statusWord } from "../output/status.ts";
import { projectOf } from "../project.ts";
import { withRunHint } from "./find-run.ts";
import { examples } from "./list-options.ts";

export function addRunsResume(runs: Command, act: Act): void {
  runs
    .command("resume <run>")
    .description("let a run that failed or was stopped be taken up by its orchestrator; what it completed stays")
    .option("--reason <text>", "why, for the record")
    .addHelpText("after", examples("runs resume brisk-otter --reason 'the disk is larger now'"))
    .action(
      act<{ reason?: string }>(async (context, { reason = "" }, name) => {
        const reference = needed(name, "the run");
        const { client } = context.connect();
        const project = await projectOf(context, reference);
        const { run } = await withRunHint(project, reference, () => client(RunService).resumeRun({ run: reference, project, reason }));
        if (!run) return;
        if (context.options.json) context.print(jsonText(RunSchema, run));
        else context.print(`run ${run.name} is ${statusWord(run.status)}, generation ${run.generation}`);
      }),
    );
}
