import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, keyIn, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Context } from "../context.ts";
import { loadPlanned } from "../planned/store.ts";
import { describeOne, grantedRun } from "../run/granted.ts";
import type { StepTable } from "../tables.ts";
import { artifactNames } from "./artifact-names.ts";
import { type Edges, edgesOf } from "./edge-store.ts";
import { ordered } from "./order.ts";

/** How many steps and artifact versions a graph has at most. */
const mostNodes = 10_000;

/** The graph of a run: what was planned and what was reported, in one order, and what passed between. */
export async function runGraph(context: Context, call: Call, brief: boolean) {
  const { database, steps, plans } = context;
  const run = await grantedRun(context, call);
  const [rows, planOf, planned, edges] = await Promise.all([
    steps.latest(run.workspaceId, run.id, mostNodes + 1),
    plans.load(database.db, [run]),
    loadPlanned(database.db, [{ run, names: "all" }], mostNodes + 1),
    edgesOf(database.db, run.workspaceId, run.id, mostNodes + 1),
  ]);
  const plan = planOf(run);
  const versions = new Map([...edges.inputs, ...edges.outputs].map(({ artifactVersionId: id }) => [id.toString("hex"), id]));
  const upstream = new Map<string, readonly string[]>([...plan, ...(planned.get(keyIn(run.workspaceId, run.id)) ?? [])]);
  for (const row of rows) if (!plan.has(row.name)) upstream.set(row.name, JSON.parse(row.upstream) as string[]);
  const nodes = upstream.size + versions.size;
  if (nodes > mostNodes || edges.truncated) {
    throw new SignalboxError(Reason.TOO_MANY_MATCHES, `the graph has more than ${mostNodes} nodes; read its steps with ListSteps`, {
      metadata: { limit: String(mostNodes) },
    });
  }
  const [whole, known, names] = await Promise.all([
    describeOne(context, run),
    describeAll(context, rows, brief ? "brief" : edges),
    artifactNames(context, [...versions.values()].map(toUuid), call, toUuid(run.id)),
  ]);
  const described = new Map(known.map((step) => [step.name, step]));
  const stepNames = new Map(rows.map(({ id, name }) => [id.toString("hex"), name]));
  const producers = new Map(edges.outputs.map(({ artifactVersionId, stepId }) => [artifactVersionId.toString("hex"), stepId]));
  const consumers = Map.groupBy(edges.inputs, ({ artifactVersionId }) => artifactVersionId.toString("hex"));
  return {
    run: whole,
    steps: ordered(upstream).map((name) => {
      const step = described.get(name);
      const before = [...(upstream.get(name) ?? [])];
      if (step) return { name, upstream: before, planned: false, step, status: step.status };
      return { name, upstream: before, planned: true, status: run.inProgress === 1 ? Status.INITIALIZING : Status.SKIPPED };
    }),
    artifacts: [...versions].map(([key, id]) => ({
      artifactVersion: toUuid(id),
      ...(names.get(toUuid(id)) ?? { artifactName: "", version: "" }),
      producer: nameAt(stepNames, producers.get(key)),
      consumers: [...new Set((consumers.get(key) ?? []).map(({ stepId }) => nameAt(stepNames, stepId)).filter(Boolean))],
    })),
  };
}

const nameAt = (names: ReadonlyMap<string, string>, step: Id | undefined): string => (step && names.get(step.toString("hex"))) ?? "";

/** In portions, so that no statement names more steps than any engine takes. */
async function describeAll({ steps }: Context, rows: readonly StepTable[], edges: Edges | "brief") {
  const described = [];
  for (let at = 0; at < rows.length; at += 1000) described.push(...(await steps.describe(rows.slice(at, at + 1000), edges)));
  return described;
}
