import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ReportRequest, ReportResponseSchema } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { waiter } from "@signalbox/runtime/store/waiter.ts";
import type { Context } from "../context.ts";
import { describeRun } from "../run/granted.ts";
import { stopOf } from "../status/derive.ts";
import type { RunTable } from "../tables.ts";
import { generationFor } from "./generation.ts";
import { generationStale } from "./refusal.ts";
import { refusedOf } from "./refused.ts";
import { topicOfRun } from "./reporting.ts";
import { type Submission, submitAll } from "./submit.ts";

type Part = MessageInitShape<typeof ReportResponseSchema>;

/** How often the run is looked at when nothing wakes the stream, and how long after a wake-up: its own reports wake it too, and their answers tell as much. */
const idleMs = 2_000;
const gatherMs = 50;

/**
 * Takes reports and answers what became of them; tells of the run when its status changes, and
 * when it is to stop. The end of the client's stream ends it once all is answered; a client that
 * goes away leaves nothing half done.
 */
export async function* reportStream(context: Context, requests: AsyncIterable<ReportRequest>, call: Call): AsyncIterable<Part> {
  const { reporting, runs, wakeups } = context;
  const [workspace, id] = [workspaceOf(call), grantedId(call)];
  const { signal } = call;
  let look = false;
  let looked = 0;
  let settled = (): void => {};
  const news = waiter((wake) => {
    settled = wake;
    return wakeups.subscribe(topicOfRun(id), () => {
      look = true;
      wake();
    });
  });
  let submitted: Submission | undefined;
  try {
    const run = await runs.find(workspace, id);
    if (!run) throw notFound("run", toUuid(id));
    // For which generation a stream reports is settled when it is opened: who has it executes the run as it is then.
    const generationOf = ({ generation }: Pick<ReportRequest, "generation">) => generationFor(call, generation) || run.generation;
    const told = teller(context, generationFor(call, 0) || run.generation);
    submitted = submitAll(
      requests,
      (changes) => reporting.report({ workspace, run: id, changes }),
      generationOf,
      () => settled(),
    );
    yield* told(run);
    looked = performance.now();
    while (!signal.aborted) {
      for (let next = submitted.take(); next; next = submitted.take()) {
        const outcome = await next.outcome;
        looked = performance.now();
        look = false;
        for (const refused of refusedOf(next.reports, outcome)) yield { part: { case: "refused", value: refused } };
        const last = next.reports.at(-1);
        if (last) yield { part: { case: "acknowledged", value: last.sequence } };
        yield* told(outcome.run);
      }
      if (submitted.isDone()) return;
      const since = performance.now() - looked;
      if (since >= (look ? gatherMs : idleMs)) {
        look = false;
        looked = performance.now();
        const now = await runs.find(workspace, id);
        if (!now) throw notFound("run", toUuid(id));
        yield* told(now);
        continue;
      }
      await news.wait(Math.max(1, (look ? gatherMs : idleMs) - since), signal);
    }
  } finally {
    news.close();
    submitted?.leave();
  }
}

/** Tells of a run what was not told before: its status, what it waited for and was answered, and that it is to stop. Fails with GENERATION_STALE, after a last stop, where it was resumed. */
function teller(context: Context, generation: number) {
  let revision = -1;
  let standing = "";
  let stopped: boolean | undefined;
  let answers: number | undefined;
  return async function* (run: RunTable): AsyncIterable<Part> {
    if (run.revision <= revision) return;
    revision = run.revision;
    if (run.generation !== generation) {
      yield { part: { case: "stop", value: { force: true } } };
      throw generationStale(generation, run.generation);
    }
    const now = `${run.status}/${run.inProgress}`;
    if (now !== standing) {
      standing = now;
      yield { part: { case: "run", value: await describeRun(context, run) } };
    }
    if (run.answers > (answers ?? run.answers)) {
      const rows = await context.waits.answered(run.workspaceId, run.id, answers ?? 0);
      for (const value of await context.waits.describe(rows)) yield { part: { case: "resolved", value } };
    }
    answers = run.answers;
    const stop = stopOf(run);
    if (!stop || stopped === stop.force || stopped) return;
    stopped = stop.force;
    yield { part: { case: "stop", value: stop } };
  };
}
