import { Reuse } from "@signalbox/gen/signalbox/runs/v1/replay_pb.ts";
import type { InputOverride } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Handle, isHandle } from "../artifacts/handle.ts";
import { type OutputReading, readOutputs } from "./earlier.ts";
import type { Handles } from "./outputs.ts";

/** How a run is repeated. */
export interface Replay {
  /** The run to repeat, by id or name: one of the pipeline, of the same project. */
  readonly run: string;
  /**
   * Whether the steps that completed there serve here, as far as all before them do: by default they do where the parameters are the same.
   * Steps are known by their names, whatever their code is now.
   */
  readonly reuse?: "completed" | "nothing";
  /** Steps that must serve, each with all before it. */
  readonly skip?: readonly string[];
  /** Steps to run again, each with all after it. */
  readonly again?: readonly string[];
  /** By step and input, the artifact version to consume instead, or its id. These steps run again, too. */
  readonly overrides?: Readonly<Record<string, Readonly<Record<string, Handle<unknown> | string>>>>;
}

const reuses = { completed: Reuse.COMPLETED, nothing: Reuse.NOTHING } as const;

/** What a replay asks for, as the contract has it. */
export function replayFields({ run, reuse, skip = [], again = [], overrides = {} }: Replay) {
  return {
    run,
    reuse: reuse ? reuses[reuse] : Reuse.UNSPECIFIED,
    skip: [...skip],
    again: [...again],
    overrides: Object.entries(overrides).flatMap(([step, inputs]) =>
      Object.entries(inputs).map(([input, version]) => ({
        step,
        input,
        artifactVersion: isHandle(version) ? version.id : String(version),
      })),
    ),
  };
}

/** What a step is to consume instead, because the run is a replay that says so. */
export async function overridesOf(reading: OutputReading, overrides: readonly InputOverride[], step: string): Promise<Handles> {
  const own = overrides.filter((override) => override.step === step);
  if (own.length === 0) return {};
  const found = await readOutputs(
    reading,
    own.map(({ input, artifactVersion }) => ({ $typeName: "signalbox.runs.v1.StepOutput", name: input, artifactVersion })),
  );
  return Object.fromEntries(found.map(({ name, handle }) => [name, handle]));
}
