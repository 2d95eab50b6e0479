import type { Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { ReadDocuments } from "../run/documents.ts";
import { Parts, type StepTable } from "../tables.ts";
import type { StepFields } from "./beside.ts";
import { stepsOfRun } from "./listing.ts";
import { type BriefStep, briefColumns, type InputRow, type OutputRow, type PartRow, partColumns, toStep } from "./mapping.ts";
import { projectStepListing } from "./project-listing.ts";
import { ofVisibleRun } from "./visible.ts";

/** So many steps of a run are looked for one by one. */
const fewSteps = 200;

/** What is known already of what steps consumed and produced. */
interface Read {
  readonly inputs: readonly InputRow[];
  readonly outputs: readonly OutputRow[];
}

/** Reads steps. All rows that it is given or answers with are of one workspace. */
export function stepStore(needs: StepFields, documentsOf: ReadDocuments) {
  const { db } = needs.database;
  const ofRun = (workspace: Id, run: Id) => db.selectFrom("runsStep").where("workspaceId", "=", workspace).where("runId", "=", run);

  /** The rows of another table that belong to those of these steps that have any, by step. */
  async function partsOf<T extends keyof typeof partColumns>(
    table: T,
    part: number,
    steps: readonly BriefStep[],
  ): Promise<Map<string, PartRow<T>[]>> {
    const wanted = steps.filter(({ parts }) => (parts & part) !== 0);
    const [first] = wanted;
    if (!first) return new Map();
    const runs = [...new Map(wanted.map(({ runId }) => [runId.toString("hex"), runId])).values()];
    const ofRuns = db
      .selectFrom(table as "runsInput")
      .select(partColumns[table] as readonly "stepId"[])
      .where("workspaceId", "=", first.workspaceId)
      .where("runId", "in", runs);
    const ids = wanted.map(({ id }) => id);
    // Of one run most are wanted where many are: the whole of it is read in less time than each is looked for.
    const own = runs.length === 1 && ids.length > fewSteps ? ofRuns : ofRuns.where("stepId", "in", ids);
    const rows = (await own.execute()) as unknown as PartRow<T>[];
    return byStep(rows);
  }

  const documentsOfAll = (steps: readonly BriefStep[], hashes: readonly Buffer[]) =>
    steps[0] ? documentsOf(steps[0].workspaceId, hashes) : new Map<string, string>();

  /** What every answer shows of steps beside their own rows. */
  async function partsOfAll(steps: readonly BriefStep[]) {
    const [series, traits] = await Promise.all([partsOf("runsSeries", Parts.SERIES, steps), partsOf("runsStepTrait", Parts.TRAITS, steps)]);
    const substituted = [...traits.values()].flat().map(({ substitutions }) => substitutions);
    return { series, traits, documents: substituted.length > 0 ? await documentsOfAll(steps, substituted) : undefined };
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

    /** The same with no more of each than is shown of it where no documents are. */
    latestBriefly(workspace: Id, run: Id, limit: number): Promise<BriefStep[]> {
      return ofRun(workspace, run).select(briefColumns).where("latest", "=", 1).orderBy("position").limit(limit).execute();
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

    /** Steps as the contract has them, with what lies in other tables but their code. */
    async describe(steps: readonly StepTable[], edges?: Read): Promise<Step[]> {
      const hashes = steps.flatMap(({ parameters, configuration, exception }) => [parameters, configuration, exception]);
      const [inputs, outputs, facts, documents, shown] = await Promise.all([
        edges ? byStep(edges.inputs) : partsOf("runsInput", Parts.INPUTS, steps),
        edges ? byStep(edges.outputs) : partsOf("runsOutput", Parts.OUTPUTS, steps),
        partsOf("runsFact", Parts.FACTS, steps),
        documentsOfAll(steps, hashes),
        partsOfAll(steps),
      ]);
      const texts = new Map([...documents, ...(shown.documents ?? [])]);
      return steps.map((step) => {
        const key = step.id.toString("hex");
        const own = { inputs: inputs.get(key), outputs: outputs.get(key), facts: facts.get(key), documents: texts };
        return toStep(step, { ...own, series: shown.series.get(key), traits: shown.traits.get(key)?.[0] });
      });
    },

    /** Without what they consumed and produced, what they logged, and their documents. */
    async describeBriefly(steps: readonly BriefStep[]): Promise<Step[]> {
      const { series, traits, documents } = await partsOfAll(steps);
      return steps.map((step) => {
        const key = step.id.toString("hex");
        return toStep(step, { series: series.get(key), traits: traits.get(key)?.[0], documents });
      });
    },
  };
}

const byStep = <R extends { readonly stepId: Id }>(rows: readonly R[]) => Map.groupBy(rows, ({ stepId }) => stepId.toString("hex"));

export type StepStore = ReturnType<typeof stepStore>;
