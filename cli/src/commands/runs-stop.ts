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

export function addRunsStop(runs: Command, act: Act): void {
  runs
    .command("stop <run>")
    .description("ask a run to stop; what runs may finish unless forced")
    .option("--force", "kill running steps")
    .option("--reason <text>", "why, for the record")
    .addHelpText("after", examples("runs stop brisk-otter --reason 'wrong data'"))
    .action(
      act<{ force?: boolean; reason?: string }>(async (context, { force = false, reason = "" }, name) => {
        const reference = needed(name, "the run");
        const { client } = context.connect();
        const project = await projectOf(context, reference);
        const { run } = await withRunHint(project, reference, () => client(RunService).stopRun({ run: reference, project, force, reason }));
        if (!run) return;
        if (context.options.json) context.print(jsonText(RunSchema, run));
        else context.print(`run ${run.name} is ${statusWord(run.status)}`);
      }),
    );
}
