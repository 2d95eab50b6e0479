import { type Run, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { metadataOf } from "../step/mapping.ts";
import { Parts, type RunTable } from "../tables.ts";
import { toRun } from "./mapping.ts";
import { runTags } from "./tags.ts";
import type { RunTraits } from "./traits.ts";

type Tags = Awaited<ReturnType<typeof runTags.of>>;

/** The run that the request names. Fails with NOT_FOUND where it was deleted meanwhile. */
export async function grantedRun({ runs }: Pick<Context, "runs">, call: Call): Promise<RunTable> {
  const id = grantedId(call);
  const run = await runs.find(workspaceOf(call), id);
  if (!run) throw notFound("run", toUuid(id));
  return run;
}

export type Describing = Pick<Context, "documents" | "overrides" | "names" | "waits">;

interface Whole {
  readonly tags: Tags;
  readonly traits: Promise<RunTraits>;
}

/** Runs of one workspace as the contract has them, with what they were started with, and with their tags and traits where these are wanted. */
export async function describeRuns(
  { documents, overrides, names, waits }: Describing,
  rows: readonly RunTable[],
  whole?: Whole,
): Promise<Run[]> {
  const [first] = rows;
  if (!first) return [];
  const paused = rows.filter(({ status }) => status === Status.PAUSED);
  const [texts, pending, instead, traits] = await Promise.all([
    documents(
      first.workspaceId,
      rows.map(({ parameters }) => parameters),
    ),
    waits.pending(
      first.workspaceId,
      paused.map(({ id }) => id),
    ),
    overrides(first.workspaceId, rows),
    whole?.traits,
  ]);
  return rows.map((row) => {
    const key = row.id.toString("hex");
    return toRun(row, names, {
      parameters: texts.get(row.parameters.toString("hex")),
      tags: whole?.tags.get(key),
      traits: traits?.get(key),
      waitCondition: pending.get(key),
      overrides: instead.get(key),
    });
  });
}

type DescribingAll = Describing & Pick<Context, "database" | "traits">;

/** The same with their tags, and what few of them have. */
export async function describeTagged(context: DescribingAll, rows: readonly RunTable[]): Promise<Run[]> {
  const [first] = rows;
  if (!first) return [];
  const ids = rows.map(({ id }) => id);
  const tags = await runTags.of(context.database.db, first.workspaceId, ids);
  return describeRuns(context, rows, { tags, traits: context.traits(first.workspaceId, rows) });
}

/** The run that the request names, with its tags and its metadata. Fails with NOT_FOUND where it was deleted meanwhile. */
export async function readRun(context: DescribingAll & Pick<Context, "runs">, call: Call): Promise<Run> {
  // At once, since runs are read more often than anything else.
  const reading = [grantedRun(context, call), runTags.of(context.database.db, workspaceOf(call), [grantedId(call)])] as const;
  const [row, tags] = await Promise.all(reading);
  const [[run], facts] = await Promise.all([
    describeRuns(context, [row], { tags, traits: context.traits(row.workspaceId, [row]) }),
    (row.parts & Parts.FACTS) === 0 ? [] : context.runs.facts(row.workspaceId, row.id),
  ]);
  return { ...(run as Run), metadata: metadataOf(facts) };
}

export async function describeOne(context: DescribingAll, row: RunTable): Promise<Run> {
  const [run] = await describeTagged(context, [row]);
  return run as Run;
}

/** A run while it goes on: who hears of each of its changes is not told its tags and traits each time. */
export async function describeRun(context: Describing, row: RunTable): Promise<Run> {
  const [run] = await describeRuns(context, [row]);
  return run as Run;
}
