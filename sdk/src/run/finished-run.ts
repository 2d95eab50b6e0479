import type { Run as RunRecord } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import type { Connection } from "../connection.ts";
import { misuse } from "../errors.ts";
import { registerModel } from "../models.ts";
import { type Earlier, isDone, readOutputs } from "./earlier.ts";
import { returnedFrom } from "./outputs.ts";
import type { Run, StartChild } from "./run.ts";
import { updateRun } from "./update-run.ts";

export interface FinishedRun {
  readonly connection: Connection;
  readonly record: RunRecord;
  readonly store: ArtifactStore;
  readonly earlier: Earlier;
  readonly startChild: StartChild;
}

/** A run that has completed, for the program that comes by it once more: its steps give what they gave. It takes nothing new. */
export function finishedRun({ connection, record, store, earlier, startChild }: FinishedRun): Run {
  const { id, name, project, pipelineName: pipeline } = record;
  const closed = (what: string) => misuse(`the run ${name} has completed and takes no ${what}`);
  const step = async (called: string) => {
    const before = earlier.get(called);
    if (!before || !isDone(before)) throw closed(`step "${called}"`);
    return returnedFrom(await readOutputs({ connection, store, run: id }, before.outputs)) as never;
  };
  return {
    ...{ id, name, project, pipeline, stopped: new AbortController().signal, step },
    async plan() {
      throw closed("plans");
    },
    child: (key, options = {}) => startChild({ id, project, pipeline }, key, options),
    async waitFor() {
      throw closed("questions");
    },
    async hook() {
      throw closed("hooks");
    },
    metadata() {
      throw closed("facts");
    },
    update: (change) => updateRun(connection, id, change),
    registerModel: (model) => registerModel(connection, { ...model, project, run: id }),
    finish: async () => record,
    async fail() {
      throw closed("failure");
    },
    async leave() {},
    async [Symbol.asyncDispose]() {},
  };
}
