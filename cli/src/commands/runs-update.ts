import { RunSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed, parseCount } from "../arguments.ts";
import { jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { findRun } from "./find-run.ts";
import { examples } from "./list-options.ts";

interface Options {
  readonly modelVersion?: string;
  readonly orchestratorEnvironment?: string;
  readonly heartbeatSeconds?: number;
}

export function addRunsUpdate(runs: Command, act: Act): void {
  runs
    .command("update <run>")
    .description("change what is known of a run as a whole")
    .option("--model-version <id>", "the model version that it works for, by id; empty for none")
    .option("--orchestrator-environment <json>", "what its orchestrator runs in; empty for unknown")
    .option("--heartbeat-seconds <count>", "fail it when nothing was heard of it for so long, 5 to 86400; 0 for never", parseSeconds)
    .addHelpText("after", examples("runs update brisk-otter --heartbeat-seconds 600"))
    .action(
      act<Options>(async (context, options, name) => {
        const { modelVersion, orchestratorEnvironment: environment, heartbeatSeconds } = options;
        const paths = [
          ...(modelVersion === undefined ? [] : ["model_version"]),
          ...(environment === undefined ? [] : ["orchestrator_environment"]),
          ...(heartbeatSeconds === undefined ? [] : ["heartbeat_timeout"]),
        ];
        if (paths.length === 0)
          throw wrongUsage("say what is to change: --model-version, --orchestrator-environment or --heartbeat-seconds");
        const { client } = context.connect();
        const { id } = await findRun(context, needed(name, "the run"));
        const { run } = await client(RunService).updateRun({
          ...{ run: id, modelVersion: modelVersion ?? "", updateMask: { paths } },
          ...(environment && { orchestratorEnvironment: { text: environment } }),
          ...(heartbeatSeconds && { heartbeatTimeout: { seconds: BigInt(heartbeatSeconds) } }),
        });
        if (!run) return;
        context.print(context.options.json ? jsonText(RunSchema, run) : `run ${run.name} is changed`);
      }),
    );
}

const parseSeconds = (text: string): number => (text === "0" ? 0 : parseCount(text));
