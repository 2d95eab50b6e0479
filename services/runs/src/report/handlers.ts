import { create } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import {
  AliveSchema,
  type Report,
  ReportSchema,
  type ReportService,
  StepStartedSchema,
} from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import type { Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { groupCommit } from "@signalbox/runtime/store/group-commit.ts";
import type { Context } from "../context.ts";
import { describeRun } from "../run/granted.ts";
import { stopOf } from "../status/derive.ts";
import { isEnded } from "../status/transitions.ts";
import { never, type StepTable } from "../tables.ts";
import type { Outcome } from "./change.ts";
import { generationFor } from "./generation.ts";
import { refusedOf } from "./refused.ts";
import { reportStream } from "./stream.ts";

interface About {
  readonly run: string;
  readonly step?: string;
  readonly attempt?: number;
  readonly time?: Timestamp | undefined;
  readonly generation: number;
}

/** Reports reach the run in one way: a call that holds one report, or some, is the same as a short stream. */
export function reportHandlers(context: Context): Handlers<typeof ReportService> {
  const { reporting, steps } = context;
  // Calls that were written together are answered together.
  const described = groupCommit<StepTable, Step>({ concurrency: 2, commit: (rows) => describeAll(steps, rows) });

  async function reportOne(
    { run, step = "", attempt = 0, time, generation }: About,
    change: Report["change"],
    call: Call,
  ): Promise<Outcome> {
    const report = create(ReportSchema, { sequence: 1n, step, attempt, ...(time ? { time } : {}), change });
    const outcome = await reporting.report({
      workspace: workspaceOf(call),
      run: toId(run),
      changes: [{ kind: "report", reporter: "", generation: generationFor(call, generation), report }],
    });
    if (outcome.refusals[0]) throw outcome.refusals[0];
    return outcome;
  }

  async function withStep({ steps: rows, cursor }: Outcome) {
    const [row] = rows;
    return row ? { step: await described.submit(row), eventCursor: cursor } : { eventCursor: cursor };
  }

  return {
    report: (requests, call) => reportStream(context, requests, call),

    async batchReport({ run, reporter, reports, ...request }, call) {
      const generation = generationFor(call, request.generation);
      const changes = reports.map((report) => ({ kind: "report", reporter, generation, report }) as const);
      const outcome = await reporting.report({ workspace: workspaceOf(call), run: toId(run), changes });
      const stale = outcome.refusals.find((refusal) => refusal?.reason === Reason.GENERATION_STALE);
      if (stale) throw stale;
      const stop = stopOf(outcome.run);
      const answer = { refused: refusedOf(reports, outcome), run: await describeRun(context, outcome.run), eventCursor: outcome.cursor };
      return stop ? { ...answer, stop } : answer;
    },

    async startStep(request, call) {
      const value = request.started ?? create(StepStartedSchema);
      return withStep(await reportOne(request, { case: "started", value }, call));
    },

    async endStep(request, call) {
      const { ended: value } = request;
      return withStep(await reportOne(request, value ? { case: "ended", value } : { case: undefined }, call));
    },

    async heartbeat(request, call) {
      const { timeout } = request;
      const value = create(AliveSchema, timeout && { timeout });
      const { run, steps: rows } = await reportOne(request, { case: "alive", value }, call);
      const { status, heartbeatExpiresTime } = rows[0] ?? run;
      const stop = stopOf(run);
      const awaited = heartbeatExpiresTime < never;
      return { status, runStatus: run.status, awaited, ...(stop && !isEnded(status) ? { stop } : {}) };
    },

    async planSteps(request, call) {
      const { planned: value } = request;
      const { run } = await reportOne(request, value ? { case: "planned", value } : { case: undefined }, call);
      return { run: await describeRun(context, run) };
    },

    async endRun(request, call) {
      const { ended: value } = request;
      const { run } = await reportOne(request, value ? { case: "runEnded", value } : { case: undefined }, call);
      return { run: await describeRun(context, run) };
    },
  };
}

/** Describes steps of any workspaces, in order. */
async function describeAll(steps: Context["steps"], rows: readonly StepTable[]): Promise<Step[]> {
  const found = new Map<StepTable, Step>();
  for (const some of Map.groupBy(rows, ({ workspaceId }) => workspaceId.toString("latin1")).values()) {
    for (const [i, step] of (await steps.describe(some)).entries()) found.set(some[i] as StepTable, step);
  }
  return rows.map((row) => found.get(row) as Step);
}
