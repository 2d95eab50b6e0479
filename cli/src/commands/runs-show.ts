import { toJson } from "@bufbuild/protobuf";
import { ArtifactVersionSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { RunSchema, StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { renderRun } from "../output/run-tree.ts";
import { findRun } from "./find-run.ts";
import { examples } from "./list-options.ts";
import { readOutputs, readPoints, readSteps } from "./read-run.ts";

export function addRunsShow(runs: Command, act: Act): void {
  runs
    .command("show <run>")
    .description("show a run with its steps, what they reported and what they produced")
    .option("--all-attempts", "show attempts that were replaced, too")
    .addHelpText("after", examples("runs show brisk-otter", "runs show brisk-otter --json | jq '.steps[].status'"))
    .action(
      act<{ allAttempts?: boolean }>(async (context, { allAttempts = false }, name) => {
        const connection = context.connect();
        const run = await findRun(context, needed(name, "the run"));
        const steps = await readSteps(connection, run.id, allAttempts);
        const artifactVersions = await readOutputs(connection, steps);
        if (context.options.json) {
          const whole = {
            run: toJson(RunSchema, run),
            steps: steps.map((step) => toJson(StepSchema, step)),
            artifactVersions: artifactVersions.map((version) => toJson(ArtifactVersionSchema, version)),
          };
          context.print(JSON.stringify(whole, null, 2));
          return;
        }
        const points = await readPoints(connection, run, steps);
        context.print(...renderRun(run, steps, artifactVersions, { color: context.colored, now: context.now(), points }));
      }),
    );
}
