import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type WatchRunRequest, WatchRunResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Joined } from "@signalbox/runtime/rpc/joined.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import type { Portion } from "./feed.ts";

type Part = MessageInitShape<typeof WatchRunResponseSchema> | Joined;

const resync = create(WatchRunResponseSchema, { part: { case: "resync", value: true } });

/**
 * The run and the steps that changed after a revision, then the same after each change, as one
 * piece that is the same for all who stand at that revision. Who reads slowly is sent what there is when it has read: whatever happened meanwhile comes once,
 * as it is then, and nothing waits for it here.
 */
export async function* watchRun({ feedOf }: Pick<Context, "feedOf">, { afterRevision }: WatchRunRequest, call: Call): AsyncIterable<Part> {
  const { signal } = call;
  const feed = feedOf(workspaceOf(call), grantedId(call));
  signal.addEventListener("abort", feed.leave, { once: true });
  try {
    let sent = Number(afterRevision);
    let now = await feed.look();
    for (let first = true; !signal.aborted; first = false) {
      if (now.revision < sent) {
        // The watcher knows of what never was here: the database was restored.
        yield resync;
        sent = 0;
      }
      if (first || now.revision > sent) {
        for (let after: number | Portion["next"] = sent; after !== undefined; ) {
          const portion: Portion = await feed.changes(now, after);
          yield portion.messages;
          after = portion.next;
        }
        sent = now.revision;
      } else yield now.current;
      now = await feed.after(now);
    }
  } finally {
    signal.removeEventListener("abort", feed.leave);
    feed.leave();
  }
}
