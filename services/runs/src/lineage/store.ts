import { LineageDirection } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { InputTable, OutputTable, RunsTables, RunTable, StepTable } from "../tables.ts";
import { hexOf, idOf, type Sources } from "./walk.ts";

const scope = { project: "runsRun.projectId", owner: "runsRun.ownerId" } as const;

export interface SeenStep {
  readonly step: StepTable;
  readonly run: Pick<RunTable, "id" | "name">;
}

/** Reads edges by artifact version and by step, of the runs that a caller may see. */
export function lineageStore(db: Kysely<RunsTables>, workspace: Id, visible: Visible) {
  const runs = new Map<string, Id>();

  /** The edges of versions, with the run of each step, one statement. */
  async function byVersion(table: "runsInput" | "runsOutput", versions: readonly string[]) {
    if (versions.length === 0) return [];
    const rows = await db
      .selectFrom(table)
      .innerJoin("runsRun", (on) => on.onRef("runsRun.workspaceId", "=", `${table}.workspaceId`).onRef("runsRun.id", "=", `${table}.runId`))
      .select([`${table}.artifactVersionId as versionId`, `${table}.stepId as stepId`, `${table}.runId as runId`])
      .where(`${table}.workspaceId`, "=", workspace)
      .where(`${table}.artifactVersionId` as "runsInput.artifactVersionId", "in", versions.map(idOf))
      .where(visibleWhere(visible, scope) as never)
      .execute();
    for (const { stepId, runId } of rows) runs.set(hexOf(stepId), runId);
    return rows.map(({ versionId, stepId }) => ({ version: hexOf(versionId), step: hexOf(stepId) }));
  }

  const runsOf = (steps: readonly string[]): Id[] => [...new Map(steps.flatMap((step) => entry(runs.get(step)))).values()];

  async function byStep<T extends "runsInput" | "runsOutput">(table: T, steps: readonly string[]): Promise<RunsTables[T][]> {
    if (steps.length === 0) return [];
    const rows = await db
      .selectFrom(table as "runsInput")
      .selectAll()
      .where("workspaceId", "=", workspace)
      .where("runId", "in", runsOf(steps))
      .where("stepId", "in", steps.map(idOf))
      .execute();
    return rows as unknown as RunsTables[T][];
  }

  const edges = (rows: readonly Pick<OutputTable, "artifactVersionId" | "stepId">[]) =>
    rows.map(({ artifactVersionId, stepId }) => ({ version: hexOf(artifactVersionId), step: hexOf(stepId) }));

  return {
    sources(direction: LineageDirection): Sources {
      const isUp = direction === LineageDirection.UP;
      return {
        stepsOf: (versions) => byVersion(isUp ? "runsOutput" : "runsInput", versions),
        versionsOf: async (steps) => edges(await byStep(isUp ? "runsInput" : "runsOutput", steps)),
      };
    },

    /** The steps that a walk reached, with their runs and all their edges. */
    async describe(steps: readonly string[]) {
      const [rows, found, inputs, outputs] = await Promise.all([
        steps.length === 0
          ? []
          : db
              .selectFrom("runsStep")
              .selectAll()
              .where("workspaceId", "=", workspace)
              .where("runId", "in", runsOf(steps))
              .where("id", "in", steps.map(idOf))
              .execute(),
        steps.length === 0
          ? []
          : db.selectFrom("runsRun").select(["id", "name"]).where("workspaceId", "=", workspace).where("id", "in", runsOf(steps)).execute(),
        byStep("runsInput", steps),
        byStep("runsOutput", steps),
      ]);
      const names = new Map(found.map((run) => [hexOf(run.id), run]));
      const seen = rows.flatMap((step): SeenStep[] => {
        const run = names.get(hexOf(step.runId));
        return run ? [{ step, run }] : [];
      });
      return {
        steps: new Map(seen.map((each) => [hexOf(each.step.id), each])),
        inputs: Map.groupBy(inputs as InputTable[], ({ stepId }) => hexOf(stepId)),
        outputs: Map.groupBy(outputs as OutputTable[], ({ stepId }) => hexOf(stepId)),
      };
    },
  };
}

const entry = (run: Id | undefined): [string, Id][] => (run ? [[hexOf(run), run]] : []);
