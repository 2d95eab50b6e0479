import { Aspect } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Context } from "../context.ts";
import { type ArtifactName, artifactNames } from "../graph/artifact-names.ts";
import type { OutputTable } from "../tables.ts";
import type { Differences } from "./differences.ts";
import type { Cell, Cells } from "./leaves.ts";
import { byStep, type Compared } from "./read.ts";

/** What runs consumed from outside, and what they produced. Versions that all have in common are not asked for. */
export async function artifactsOf(context: Context, compared: Compared, steps: readonly string[], call: Call) {
  const { runs, inputs, outputs } = compared;
  const made = new Set(outputs.map(({ runId, artifactVersionId }) => `${runId.toString("hex")}${artifactVersionId.toString("hex")}`));
  const consumed = inputs.filter(
    ({ runId, artifactVersionId }) => !made.has(`${runId.toString("hex")}${artifactVersionId.toString("hex")}`),
  );
  const sides = { data: byStep(compared, consumed), artifacts: byStep(compared, outputs) };
  const present = new Set(compared.steps.map(({ runId, name }) => runId.toString("hex") + name));

  /** What the step of each run has, by name: one edge for each, in the order of the versions where a name has several. */
  const edges = (side: keyof typeof sides, step: string) =>
    runs.map(({ id }) => (present.has(id.toString("hex") + step) ? named(sides[side](id, step)) : undefined));

  const unequal = new Set<string>();
  for (const step of steps) {
    for (const side of ["data", "artifacts"] as const) {
      const some = edges(side, step).filter((each) => each !== undefined);
      for (const path of new Set(some.flatMap((each) => [...each.keys()]))) {
        const ids = some.flatMap((each) => each.get(path) ?? []);
        if (new Set(ids).size > 1 || ids.length < some.length) for (const id of ids) unequal.add(id);
      }
    }
  }
  const names = await artifactNames(context, [...unequal], call);

  function add(all: Differences, aspect: Aspect, side: keyof typeof sides): void {
    for (const step of steps) {
      all.add(
        aspect,
        step,
        edges(side, step).map((each) => each && cellsOf(each, names)),
      );
    }
  }
  return {
    addData: (all: Differences) => add(all, Aspect.DATA, "data"),
    addArtifacts: (all: Differences) => add(all, Aspect.ARTIFACTS, "artifacts"),
  };
}

function named(edges: readonly Pick<OutputTable, "name" | "artifactVersionId">[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, artifactVersionId } of [...edges].sort((a, b) => Buffer.compare(a.artifactVersionId, b.artifactVersionId))) {
    let path = name;
    for (let again = 2; found.has(path); again++) path = `${name} ${again}`;
    found.set(path, toUuid(artifactVersionId));
  }
  return found;
}

const cellsOf = (edges: ReadonlyMap<string, string>, names: ReadonlyMap<string, ArtifactName>): Cells =>
  new Map([...edges].map(([path, id]) => [path, cellOf(id, names.get(id))]));

function cellOf(id: string, known: ArtifactName | undefined): Cell {
  const text = known ? `${known.artifactName}:${known.version}` : id;
  return { key: known?.digest || id, leaf: text, artifactVersion: id };
}
