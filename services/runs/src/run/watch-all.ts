import type { MessageInitShape } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { WatchRunsRequest, WatchRunsResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { boundTo } from "@signalbox/runtime/crypto/seal.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedProject, grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { PageSeal } from "@signalbox/runtime/store/page-seal.ts";
import { waiter } from "@signalbox/runtime/store/waiter.ts";
import type { Context } from "../context.ts";
import { runChanged } from "../report/events.ts";
import { describeRuns } from "./granted.ts";

type Part = MessageInitShape<typeof WatchRunsResponseSchema>;

const portion = 500;
const idleMs = 2_000;
const signOfLifeMs = 10_000;

/**
 * The runs that the caller may see as they change, by the log of the service: the cursor is a
 * place in it. What may be seen is asked anew for each portion.
 */
export async function* watchRuns(context: Context, { cursor }: WatchRunsRequest, call: Call): AsyncIterable<Part> {
  const { outbox, wakeups, lists, runs } = context;
  const { signal } = call;
  const workspace = workspaceOf(call);
  const written = waiter((wake) => wakeups.subscribe(outbox.topics.numbered, wake));
  let after = cursor === "" ? await endOf(context) : placeIn(cursor, lists.seal, workspace);
  let saidAt = 0;
  try {
    while (!signal.aborted) {
      const { events, upto, resync } = await outbox.pull(after, portion, [runChanged]);
      after = upto;
      const own = new Map(
        events.filter(({ workspaceId }) => workspaceId.equals(workspace)).map(({ subject }) => [subject.toString("hex"), subject]),
      );
      const changed = await describeRuns(context, await runs.among(workspace, [...own.values()], grantedScope(call), grantedProject(call)));
      if (resync || changed.length > 0 || performance.now() - saidAt >= signOfLifeMs || saidAt === 0) {
        yield { runs: changed, resync, cursor: cursorAt(after, lists.seal, workspace) };
        saidAt = performance.now();
      }
      if (events.length < portion) await written.wait(idleMs * (0.9 + 0.2 * Math.random()), signal);
    }
  } finally {
    written.close();
  }
}

/** Where the log ends now. */
async function endOf({ outbox }: Context): Promise<number> {
  // A cursor beyond every end answers with the end.
  const { upto } = await outbox.pull(Number.MAX_SAFE_INTEGER, 1, [runChanged]);
  return upto;
}

const belongsTo = (workspace: Id) => boundTo("WatchRuns", toUuid(workspace));

function cursorAt(place: number, seal: PageSeal, workspace: Id): string {
  return seal.seal(Buffer.from(String(place)), belongsTo(workspace));
}

function placeIn(cursor: string, seal: PageSeal, workspace: Id): number {
  const plain = seal.open(cursor, belongsTo(workspace));
  if (!plain) throw new SignalboxError(Reason.PAGE_TOKEN_INVALID, "the cursor is damaged, or belongs to another workspace");
  return Number(Buffer.from(plain).toString());
}
