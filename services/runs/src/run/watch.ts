import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WatchRunRequest, WatchRunResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { waiter } from "@signalbox/runtime/store/waiter.ts";
import type { Context } from "../context.ts";
import { topicOfRun } from "../report/reporting.ts";
import type { StepTable } from "../tables.ts";
import { describeRun } from "./granted.ts";

type Part = MessageInitShape<typeof WatchRunResponseSchema>;

/** How many steps are sent at once. */
const portion = 200;
/** How often the run is looked at when nothing wakes the watch, and how long changes are gathered after something did. */
const idleMs = 2_000;
const gatherMs = 20;
/** How often a watch of a run that rests says that it lives. */
const signOfLifeMs = 10_000;

/**
 * The run and the steps that changed after a revision, then the same after each change. Each
 * look reads what is there: whatever happens between two looks is sent once, as it is then.
 */
export async function* watchRun(context: Context, { afterRevision }: WatchRunRequest, call: Call): AsyncIterable<Part> {
  const { runs, steps, wakeups } = context;
  const [workspace, id] = [workspaceOf(call), grantedId(call)];
  const { signal } = call;
  const changed = waiter((wake) => wakeups.subscribe(topicOfRun(id), wake));
  let sent = Number(afterRevision);
  let saidAt = 0;
  try {
    for (let first = true; !signal.aborted; first = false) {
      const run = await runs.find(workspace, id);
      if (!run) throw notFound("run", toUuid(id));
      if (run.revision < sent) {
        // The watcher knows of what never was here: the database was restored.
        yield { part: { case: "resync", value: true } };
        sent = 0;
      }
      if (first || run.revision > sent) {
        yield { part: { case: "run", value: await describeRun(context, run) } };
        for await (const rows of changedSteps(steps, run, sent)) {
          yield { part: { case: "steps", value: { steps: await steps.describe(rows) } } };
        }
        sent = run.revision;
        saidAt = 0;
      }
      if (performance.now() - saidAt >= signOfLifeMs || saidAt === 0) {
        yield { part: { case: "current", value: BigInt(sent) } };
        saidAt = performance.now();
      }
      await changed.wait(idleMs * (0.9 + 0.2 * Math.random()), signal);
      if (!signal.aborted) await sleep(gatherMs, signal);
    }
  } finally {
    changed.close();
  }
}

/** The steps that changed after a revision, in portions. Of a step that changes meanwhile, the later state may come instead, or again. */
async function* changedSteps(
  steps: Context["steps"],
  { workspaceId, id }: { readonly workspaceId: Buffer; readonly id: Buffer },
  after: number,
): AsyncIterable<StepTable[]> {
  let last = { revision: after, position: Number.MAX_SAFE_INTEGER };
  for (;;) {
    const rows = await steps.changed(workspaceId, id, last, portion);
    if (rows.length > 0) yield rows;
    const end = rows.at(-1);
    if (!end || rows.length < portion) return;
    last = { revision: end.revision, position: end.position };
  }
}
