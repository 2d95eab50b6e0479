import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Aspect } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { fieldInvalid, notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import { isVisible } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { FactTable, InputTable, OutputTable, RunsTables, RunTable, SeriesTable, StepTable } from "../tables.ts";

const stepColumns = ["runId", "id", "name", "attempt", "status", "upstream", "codeHash", "parameters", "configuration"] as const;
export type ComparedStep = Pick<StepTable, (typeof stepColumns)[number]>;

/** What is compared of some runs: rows of all of them, of the latest attempts of their steps and of the runs as a whole. */
export interface Compared {
  readonly runs: readonly RunTable[];
  readonly steps: readonly ComparedStep[];
  readonly facts: readonly Pick<FactTable, "runId" | "stepId" | "key" | "value">[];
  readonly series: readonly Pick<SeriesTable, "runId" | "stepId" | "name" | "last">[];
  readonly inputs: readonly InputTable[];
  readonly outputs: readonly OutputTable[];
}

/** How many rows of a kind are compared at most. */
const mostSteps = 10_000;
const mostRows = 20_000;

interface Asked {
  readonly workspace: Id;
  readonly visible: Visible;
  readonly project: Id | undefined;
  readonly references: readonly string[];
}

/** The runs asked for, in this order. Fails with NOT_FOUND where one is not there, or may not be read. */
export async function findRuns(db: Kysely<RunsTables>, { workspace, visible, project, references }: Asked): Promise<RunTable[]> {
  const names = references.filter((reference) => !isUuid(reference));
  const ids = references.filter(isUuid).map(toId);
  if (names.length > 0 && !project) throw fieldInvalid("project", "is missing: a run is found by its name in a project");
  const rows = await db
    .selectFrom("runsRun")
    .selectAll()
    .where("workspaceId", "=", workspace)
    .where((row) =>
      row.or([
        ...(ids.length > 0 ? [row("id", "in", ids)] : []),
        ...(project && names.length > 0 ? [row.and([row("projectId", "=", project), row("name", "in", names)])] : []),
      ]),
    )
    .execute();
  const seen = rows.filter(({ projectId, ownerId }) => isVisible(visible, projectId, ownerId));
  return references.map((reference) => {
    const found = seen.find(({ id, name }) => (isUuid(reference) ? toUuid(id) === reference.toLowerCase() : name === reference));
    if (!found) throw notFound("run", reference);
    return found;
  });
}

/** Reads what these aspects need, each kind by one statement for all runs. Fails with TOO_MANY_MATCHES. */
export async function readCompared(db: Kysely<RunsTables>, runs: readonly RunTable[], aspects: ReadonlySet<Aspect>): Promise<Compared> {
  const [{ workspaceId }] = runs as [RunTable];
  const ids = runs.map(({ id }) => id);
  const asked = (...some: readonly Aspect[]) => some.some((aspect) => aspects.has(aspect));
  const rowsOf = <T extends "runsStep" | "runsFact" | "runsSeries" | "runsInput" | "runsOutput">(table: T) =>
    db
      .selectFrom(table as "runsStep")
      .where("workspaceId", "=", workspaceId)
      .where("runId", "in", ids);
  const edges = asked(Aspect.DATA, Aspect.ARTIFACTS);
  const latest = rowsOf("runsStep")
    .select(stepColumns)
    .where("latest", "=", 1)
    .orderBy("runId")
    .orderBy("position")
    .limit(mostSteps + 1);
  const [steps, facts, series, inputs, outputs] = await Promise.all([
    latest.execute(),
    asked(Aspect.METADATA) ? limited(rowsOf("runsFact").selectAll()) : [],
    asked(Aspect.METRICS) ? limited(rowsOf("runsSeries").selectAll()) : [],
    edges ? limited(rowsOf("runsInput").selectAll()) : [],
    edges ? limited(rowsOf("runsOutput").selectAll()) : [],
  ]);
  requireFew("steps", steps, mostSteps);
  for (const [what, rows] of Object.entries({ "keys of metadata": facts, metrics: series, inputs, outputs }))
    requireFew(what, rows, mostRows);
  return { runs, steps, facts, series, inputs, outputs } as unknown as Compared;
}

const limited = (query: { limit(most: number): { execute(): Promise<unknown[]> } }) => query.limit(mostRows + 1).execute();

function requireFew(what: string, rows: readonly unknown[], most: number): void {
  if (rows.length <= most) return;
  throw new SignalboxError(Reason.TOO_MANY_MATCHES, `the runs have more than ${most} ${what}; compare fewer of them, or by fewer aspects`, {
    metadata: { limit: String(most) },
  });
}

/** Rows of runs by whose they are: of which run, and of which step; the run as a whole is the step without a name. */
export function byStep<T extends { readonly runId: Id; readonly stepId: Id }>(
  { steps }: Pick<Compared, "steps">,
  rows: readonly T[],
): (run: Id, step: string) => readonly T[] {
  const names = new Map(steps.map(({ id, name }) => [id.toString("hex"), name]));
  const wholly = noId.toString("hex");
  const found = Map.groupBy(rows, ({ runId, stepId }) => {
    const step = stepId.toString("hex");
    const name = step === wholly ? "" : names.get(step);
    // Of an attempt that was replaced.
    return name === undefined ? undefined : runId.toString("hex") + name;
  });
  return (run, step) => found.get(run.toString("hex") + step) ?? [];
}
