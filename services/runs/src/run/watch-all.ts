import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type WatchRunsRequest, type WatchRunsResponse, WatchRunsResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { boundTo } from "@signalbox/runtime/crypto/seal.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedProject, grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { PageSeal } from "@signalbox/runtime/store/page-seal.ts";
import { isVisible } from "@signalbox/runtime/store/visible.ts";
import { forMany } from "@signalbox/runtime/wire/encoding.ts";
import type { Context } from "../context.ts";
import type { LogPortion } from "./tail.ts";

type Part = MessageInitShape<typeof WatchRunsResponseSchema>;

const signOfLifeMs = 10_000;

/**
 * The runs that the caller may see as they change, by the log of the service: the cursor is a
 * place in it. What may be seen is asked anew for each portion.
 */
export async function* watchRuns(
  { tailOf, lists }: Pick<Context, "tailOf" | "lists">,
  { cursor }: WatchRunsRequest,
  call: Call,
): AsyncIterable<Part> {
  const { signal } = call;
  const workspace = workspaceOf(call);
  let place = cursor === "" ? undefined : placeIn(cursor, lists.seal, workspace);
  let saidAt = Number.NEGATIVE_INFINITY;
  const tail = tailOf();
  signal.addEventListener("abort", tail.leave, { once: true });
  try {
    place ??= await tail.end();
    while (!signal.aborted) {
      const next = tail.next();
      const read = await tail.after(place);
      place = read.upto;
      const answer = answerOf(read, workspace, call, lists.seal);
      if (answer.resync || answer.runs.length > 0 || performance.now() - saidAt >= signOfLifeMs) {
        yield answer;
        saidAt = performance.now();
      }
      if (!read.more) await next;
    }
  } finally {
    signal.removeEventListener("abort", tail.leave);
    tail.leave();
  }
}

/** Those who may see all of a workspace are sent the same message. */
const forAll = new WeakMap<LogPortion, Map<string, WatchRunsResponse>>();

function answerOf(read: LogPortion, workspace: Id, call: Call, seal: PageSeal): WatchRunsResponse {
  const visible = grantedScope(call);
  const project = grantedProject(call);
  const key = workspace.toString("hex");
  const make = () => {
    const seen = (read.changed.get(key) ?? []).filter(
      ({ row }) => (!project || row.projectId.equals(project)) && isVisible(visible, row.projectId, row.ownerId),
    );
    const cursor = seal.seal(Buffer.from(String(read.upto)), belongsTo(workspace));
    return create(WatchRunsResponseSchema, { runs: seen.map(({ run }) => run), resync: read.resync, cursor });
  };
  if (project || !visible.all) return make();
  const made = forAll.get(read) ?? new Map<string, WatchRunsResponse>();
  forAll.set(read, made);
  const answer = made.get(key) ?? forMany(make());
  made.set(key, answer);
  return answer;
}

const belongsTo = (workspace: Id) => boundTo("WatchRuns", toUuid(workspace));

function placeIn(cursor: string, seal: PageSeal, workspace: Id): number {
  const plain = seal.open(cursor, belongsTo(workspace));
  if (!plain) throw new SignalboxError(Reason.PAGE_TOKEN_INVALID, "the cursor is damaged, or belongs to another workspace");
  return Number(Buffer.from(plain).toString());
}
