import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status, type Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { keyIn, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Context } from "../context.ts";
import { loadPlanned } from "../planned/store.ts";
import { describeOne, grantedRun } from "../run/granted.ts";
import type { RunTable } from "../tables.ts";
import { artifactNames } from "./artifact-names.ts";
import { briefEdgesOf, type Edge, type Edges, edgesOf } from "./edge-store.ts";
import { ordered } from "./order.ts";

/** How many steps and artifact versions a graph has at most. */
const mostNodes = 10_000;

/** The graph of a run: what was planned and what was reported, in one order, and what passed between. */
export async function runGraph(context: Context, call: Call, brief: boolean) {
  const { database, plans } = context;
  const run = await grantedRun(context, call);
  const [{ rows, edges, describe }, planOf, planned] = await Promise.all([
    brief ? reportedBriefly(context, run) : reported(context, run),
    plans.load(database.db, [run]),
    loadPlanned(database.db, [{ run, names: "all" }], mostNodes + 1),
  ]);
  const plan = planOf(run);
  const passed = passedIn(edges);
  const upstream = new Map<string, readonly string[]>([...plan, ...(planned.get(keyIn(run.workspaceId, run.id)) ?? [])]);
  for (const row of rows) if (!plan.has(row.name)) upstream.set(row.name, JSON.parse(row.upstream) as string[]);
  const nodes = upstream.size + passed.size;
  if (nodes > mostNodes || edges.truncated) {
    throw new SignalboxError(Reason.TOO_MANY_MATCHES, `the graph has more than ${mostNodes} nodes; read its steps with ListSteps`, {
      metadata: { limit: String(mostNodes) },
    });
  }
  const [whole, known, names] = await Promise.all([
    describeOne(context, run),
    describe(),
    artifactNames(context, [...passed.keys()], call, toUuid(run.id)),
  ]);
  const described = new Map(known.map((step) => [step.name, step]));
  const stepNames = new Map(rows.map(({ id, name }) => [toUuid(id), name]));
  const namesOf = (steps: readonly string[]) => [...new Set(steps.flatMap((step) => stepNames.get(step) ?? []))];
  return {
    run: whole,
    steps: ordered(upstream).map((name) => {
      const step = described.get(name);
      const before = [...(upstream.get(name) ?? [])];
      if (step) return { name, upstream: before, planned: false, step, status: step.status };
      return { name, upstream: before, planned: true, status: run.inProgress === 1 ? Status.INITIALIZING : Status.SKIPPED };
    }),
    artifacts: [...passed].map(([artifactVersion, { producer, consumers }]) => ({
      artifactVersion,
      ...(names.get(artifactVersion) ?? { artifactName: "", version: "" }),
      producer: stepNames.get(producer) ?? "",
      consumers: namesOf(consumers),
    })),
  };
}

async function reported({ database, steps }: Context, { workspaceId, id }: RunTable) {
  const [rows, edges] = await Promise.all([
    steps.latest(workspaceId, id, mostNodes + 1),
    edgesOf(database.db, workspaceId, id, mostNodes + 1),
  ]);
  return { rows, edges, describe: () => inPortions(rows, (some) => steps.describe(some, edges)) };
}

async function reportedBriefly({ database, steps }: Context, { workspaceId, id }: RunTable) {
  const [rows, edges] = await Promise.all([
    steps.latestBriefly(workspaceId, id, mostNodes + 1),
    briefEdgesOf(database.db, workspaceId, id, mostNodes + 1),
  ]);
  return { rows, edges, describe: () => inPortions(rows, steps.describeBriefly) };
}

/** Which steps, by UUID, made and consumed each artifact version. Nobody made it where `producer` is empty. */
function passedIn({ inputs, outputs }: Edges<Edge, Edge>) {
  const passed = new Map<string, { producer: string; readonly consumers: string[] }>();
  const at = (version: string) => {
    const known = passed.get(version) ?? { producer: "", consumers: [] };
    passed.set(version, known);
    return known;
  };
  for (const { artifactVersionId, stepId } of inputs) at(toUuid(artifactVersionId)).consumers.push(toUuid(stepId));
  for (const { artifactVersionId, stepId } of outputs) at(toUuid(artifactVersionId)).producer = toUuid(stepId);
  return passed;
}

/** In portions, so that no statement names more steps than any engine takes. */
async function inPortions<R>(rows: readonly R[], describe: (some: readonly R[]) => Promise<Step[]>): Promise<Step[]> {
  const described = [];
  for (let at = 0; at < rows.length; at += 1000) described.push(...(await describe(rows.slice(at, at + 1000))));
  return described;
}
