import type { Run } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import type { RunTable } from "../tables.ts";
import { toRun } from "./mapping.ts";

/** The run that the request names. Fails with NOT_FOUND where it was deleted meanwhile. */
export async function grantedRun({ runs }: Pick<Context, "runs">, call: Call): Promise<RunTable> {
  const id = grantedId(call);
  const run = await runs.find(workspaceOf(call), id);
  if (!run) throw notFound("run", toUuid(id));
  return run;
}

/** Runs of one workspace as the contract has them, with what they were started with. */
export async function describeRuns({ documents, names }: Pick<Context, "documents" | "names">, rows: readonly RunTable[]): Promise<Run[]> {
  const [first] = rows;
  if (!first) return [];
  const texts = await documents(
    first.workspaceId,
    rows.map(({ parameters }) => parameters),
  );
  return rows.map((row) => toRun(row, names, texts.get(row.parameters.toString("hex"))));
}

export async function describeRun(context: Pick<Context, "documents" | "names">, row: RunTable): Promise<Run> {
  const [run] = await describeRuns(context, [row]);
  return run as Run;
}
