import type { Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { ReadDocuments } from "../run/documents.ts";
import { type FactTable, type InputTable, type OutputTable, Parts, type RunsTables, type StepTable } from "../tables.ts";
import type { StepFields } from "./beside.ts";
import { stepsOfRun } from "./listing.ts";
import { toStep } from "./mapping.ts";
import { projectStepListing } from "./project-listing.ts";
import { ofVisibleRun } from "./visible.ts";

/** So many steps of a run are looked for one by one. */
const fewSteps = 200;

/** What is known already of what steps consumed and produced. */
interface Read {
  readonly inputs: readonly InputTable[];
  readonly outputs: readonly OutputTable[];
}

const noEdges: Read = { inputs: [], outputs: [] };

/** Reads steps. All rows that it is given or answers with are of one workspace. */
export function stepStore(needs: StepFields, documentsOf: ReadDocuments) {
  const { db } = needs.database;
  const ofRun = (workspace: Id, run: Id) => db.selectFrom("runsStep").where("workspaceId", "=", workspace).where("runId", "=", run);

  /** The rows of another table that belong to those of these steps that have any, by step. */
  async function partsOf<T extends "runsInput" | "runsOutput" | "runsFact" | "runsSeries" | "runsStepCode" | "runsStepTrait">(
    table: T,
    part: number,
    steps: readonly StepTable[],
  ): Promise<Map<string, RunsTables[T][]>> {
    const wanted = steps.filter(({ parts }) => (parts & part) !== 0);
    const [first] = wanted;
    if (!first) return new Map();
    const runs = [...new Map(wanted.map(({ runId }) => [runId.toString("hex"), runId])).values()];
    const ofRuns = db
      .selectFrom(table as "runsInput")
      .selectAll()
      .where("workspaceId", "=", first.workspaceId)
      .where("runId", "in", runs);
    const ids = wanted.map(({ id }) => id);
    // Of one run most are wanted where many are: the whole of it is read in less time than each is looked for.
    const own = runs.length === 1 && ids.length > fewSteps ? ofRuns : ofRuns.where("stepId", "in", ids);
    const rows = (await own.execute()) as unknown as RunsTables[T][];
    return byStep(rows);
  }

  return {
    /** The attempt, or the latest where it is 0. */
    async find(workspace: Id, run: Id, name: string, attempt: number): Promise<StepTable | undefined> {
      const named = ofRun(workspace, run).selectAll().where("name", "=", name);
      return (attempt === 0 ? named.orderBy("attempt", "desc").limit(1) : named.where("attempt", "=", attempt)).executeTakeFirst();
    },

    /** In the order of their first reports unless another is asked for. */
    list(workspace: Id, run: Id, allAttempts: boolean, request: ListRequest, context: ListContext): Promise<Page<StepTable>> {
      const all = ofRun(workspace, run).selectAll();
      return list(allAttempts ? all : all.where("latest", "=", 1), stepsOfRun(needs, workspace), request, context);
    },

    /** Steps of all runs that are visible, or of those of one project. */
    listInProject(query: ListQuery, latest: boolean): Promise<Page<StepTable>> {
      const { workspaceId, projectId, visible, request, context } = query;
      const listing = projectStepListing(needs, query, latest);
      const all = db.selectFrom("runsStep").selectAll().where("workspaceId", "=", workspaceId);
      const placed = projectId ? all.where("projectId", "=", projectId) : all;
      const seen = placed.where(ofVisibleRun(visible, projectId) as never);
      return list(latest ? seen.where("latest", "=", 1) : seen, listing, request, context);
    },

    /** Those of some steps that there are and that are visible, in the order asked for. */
    async some(workspace: Id, visible: Visible, ids: readonly string[]): Promise<StepTable[]> {
      const rows = await db
        .selectFrom("runsStep")
        .selectAll()
        .where("workspaceId", "=", workspace)
        .where("id", "in", ids.map(toId))
        .where(ofVisibleRun(visible) as never)
        .execute();
      const found = new Map(rows.map((row) => [toUuid(row.id), row]));
      return ids.flatMap((id) => found.get(id.toLowerCase()) ?? []);
    },

    /** The latest attempts, at most `limit`, in the order of their first reports. */
    latest(workspace: Id, run: Id, limit: number): Promise<StepTable[]> {
      return ofRun(workspace, run).selectAll().where("latest", "=", 1).orderBy("position").limit(limit).execute();
    },

    /** Those that changed after a revision, in the order of their changes. */
    changed(workspace: Id, run: Id, after: { readonly revision: number; readonly position: number }, limit: number): Promise<StepTable[]> {
      return ofRun(workspace, run)
        .selectAll()
        .where((row) =>
          row.or([
            row("revision", ">", after.revision),
            row.and([row("revision", "=", after.revision), row("position", ">", after.position)]),
          ]),
        )
        .where("revision", ">=", after.revision)
        .orderBy("revision")
        .orderBy("position")
        .limit(limit)
        .execute();
    },

    /** A step with its code. */
    async withCode(row: StepTable): Promise<Step> {
      const [[step], codes] = await Promise.all([this.describe([row]), partsOf("runsStepCode", Parts.CODE, [row])]);
      const [code] = [...codes.values()].flat();
      if (!code) return step as Step;
      const texts = await documentsOf(row.workspaceId, [code.docstring, code.sourceCode]);
      const [docstring, sourceCode] = [code.docstring, code.sourceCode].map((hash) => texts.get(hash.toString("hex")) ?? "");
      return { ...(step as Step), docstring: docstring as string, sourceCode: sourceCode as string };
    },

    /** Steps as the contract has them, with what lies in other tables but their code; of brief ones only their metrics. */
    async describe(steps: readonly StepTable[], read?: Read | "brief"): Promise<Step[]> {
      const brief = read === "brief";
      const edges = brief ? noEdges : read;
      const [first] = steps;
      if (!first) return [];
      const [inputs, outputs, facts, series, traits, texts] = await Promise.all([
        edges ? byStep(edges.inputs) : partsOf("runsInput", Parts.INPUTS, steps),
        edges ? byStep(edges.outputs) : partsOf("runsOutput", Parts.OUTPUTS, steps),
        brief ? new Map<string, FactTable[]>() : partsOf("runsFact", Parts.FACTS, steps),
        partsOf("runsSeries", Parts.SERIES, steps),
        partsOf("runsStepTrait", Parts.TRAITS, steps),
        documentsOf(
          first.workspaceId,
          brief ? [] : steps.flatMap(({ parameters, configuration, exception }) => [parameters, configuration, exception]),
        ),
      ]);
      const substituted = [...traits.values()].flat().map(({ substitutions }) => substitutions);
      const documents = substituted.length === 0 ? texts : new Map([...texts, ...(await documentsOf(first.workspaceId, substituted))]);
      return steps.map((step) => {
        const key = step.id.toString("hex");
        return toStep(step, {
          inputs: inputs.get(key),
          outputs: outputs.get(key),
          facts: facts.get(key),
          series: series.get(key),
          traits: traits.get(key)?.[0],
          documents,
        });
      });
    },
  };
}

const byStep = <R extends { readonly stepId: Id }>(rows: readonly R[]) => Map.groupBy(rows, ({ stepId }) => stepId.toString("hex"));

export type StepStore = ReturnType<typeof stepStore>;
