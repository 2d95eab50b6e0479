import { randomUUID } from "node:crypto";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Reuse } from "@signalbox/gen/signalbox/runs/v1/replay_pb.ts";
import { type Run, RunSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Command, Option } from "commander";
import type { Act } from "../act.ts";
import { isUuid, needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { counted } from "../output/words.ts";
import { findRun } from "./find-run.ts";
import { collected, examples } from "./list-options.ts";

interface Replaying {
  readonly name?: string;
  readonly reuse?: keyof typeof reuses;
  readonly skip?: readonly string[];
  readonly again?: readonly string[];
  readonly override?: readonly string[];
  readonly parameters?: string;
  readonly snapshot?: string;
}

const reuses = { completed: Reuse.COMPLETED, nothing: Reuse.NOTHING } as const;

export function addRunsReplay(runs: Command, act: Act): void {
  runs
    .command("replay <run>")
    .description("make a run that repeats another for its orchestrator to take up; steps that completed serve, the rest runs")
    .option("--again <step>", "a step to run again, with all after it; again for more", collected)
    .option("--skip <step>", "a step that must serve, with all before it; again for more", collected)
    .option("--override <step:input=version>", "what a step is to consume instead: an id, or artifact:version; again for more", collected)
    .option("--parameters <json>", "what it is started with instead; then only steps of --skip serve, unless --reuse says otherwise")
    .addOption(new Option("--reuse <which>", "which steps serve that no other option names").choices(Object.keys(reuses)))
    .option("--snapshot <id>", "what it executes instead; what is done otherwise there runs again")
    .option("--name <name>", "what it is called")
    .addHelpText(
      "after",
      examples(
        "runs replay brisk-otter",
        "runs replay brisk-otter --again train",
        "runs replay brisk-otter --override train:birds=penguins:3",
        `runs replay brisk-otter --parameters '{"seed": 2}' --skip load`,
      ),
    )
    .action(act<Replaying>(replayRun));
}

async function replayRun(context: Context, options: Replaying, name: string | undefined): Promise<void> {
  const { client } = context.connect();
  const original = await findRun(context, needed(name, "the run"));
  const { override = [], skip = [], again = [], reuse, parameters } = options;
  const { run } = await client(RunService).replayRun({
    ...{ id: randomUUID(), project: original.project, run: original.id, name: options.name ?? "", snapshot: options.snapshot ?? "" },
    ...{ skip: [...skip], again: [...again], reuse: reuse ? reuses[reuse] : Reuse.UNSPECIFIED },
    overrides: await Promise.all(override.map((text) => overrideIn(context, original, text))),
    ...(parameters !== undefined && { parameters: { text: parameters } }),
  });
  if (!run) return;
  if (context.options.json) context.print(jsonText(RunSchema, run));
  else context.print(`run ${run.name} repeats ${original.name}: ${served(run)}`);
}

function served({ steps, dynamic }: Run): string {
  const serving = (steps?.cached ?? 0) + (steps?.skipped ?? 0);
  const waits = "it waits for its orchestrator";
  return `${counted(serving, "step")}${dynamic ? "" : ` of ${steps?.total ?? 0}`} ${serving === 1 ? "serves" : "serve"}, ${waits}`;
}

/** What "train:birds=penguins:3" stands for. */
async function overrideIn(context: Context, { project }: Run, text: string) {
  const [, step, input, version = ""] = /^(.+):([^:=]+)=(.+)$/.exec(text) ?? [];
  if (!step || !input)
    throw wrongUsage(`"${text}" says nothing of what is consumed instead`, "--override <step>:<input>=<artifact>:<version>");
  if (isUuid(version)) return { step, input, artifactVersion: version };
  const at = version.lastIndexOf(":");
  const [artifact, called] = at > 0 ? [version.slice(0, at), version.slice(at + 1)] : [version, "latest"];
  const found = await context.connect().client(ArtifactVersionService).findArtifactVersion({ artifact, project, version: called });
  return { step, input, artifactVersion: found.artifactVersion?.id ?? "" };
}
