import { getDocuments } from "@signalbox/runtime/store/document.ts";
import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import type { SnapshotFacts } from "../snapshot/facts.ts";
import type { Plan } from "../status/plan.ts";
import { isNoHash, type RunsTables, type RunTable } from "../tables.ts";

/** Reads plans, which are kept beside the runs so that no report has to wait for another service. */
export interface Plans {
  /** Resolves with the way to the plan of each of these runs. */
  load(
    db: Kysely<RunsTables>,
    runs: readonly Pick<RunTable, "workspaceId" | "plan">[],
  ): Promise<(run: Pick<RunTable, "workspaceId" | "plan">) => Plan>;
}

const none: Plan = new Map();

/** The plan of a snapshot as a document; empty where it plans no steps. */
export function planText({ steps }: Pick<SnapshotFacts, "steps">): string {
  return steps.length === 0 ? "" : JSON.stringify(steps.map(({ name, upstream }) => [name, upstream]));
}

/** Plans never change, so they are remembered: as many as have 100,000 steps together. */
export function planStore(): Plans {
  const known = new LRUCache<string, Plan>({ maxSize: 100_000, sizeCalculation: ({ size }) => size + 1 });
  const keyOf = ({ workspaceId, plan }: Pick<RunTable, "workspaceId" | "plan">) => `${workspaceId.toString("hex")}/${plan.toString("hex")}`;
  return {
    async load(db, runs) {
      const found = new Map<string, Plan>();
      const missing = new Map<string, Pick<RunTable, "workspaceId" | "plan">>();
      for (const run of runs) {
        const key = keyOf(run);
        const plan = isNoHash(run.plan) ? none : known.get(key);
        if (plan) found.set(key, plan);
        else missing.set(key, run);
      }
      for (const [workspace, asked] of Map.groupBy(missing.values(), ({ workspaceId }) => workspaceId.toString("hex"))) {
        const texts = await getDocuments(
          { db, prefix: "runs" },
          Buffer.from(workspace, "hex"),
          asked.map(({ plan }) => plan),
        );
        for (const run of asked) {
          const text = texts.get(run.plan.toString("hex"));
          const plan: Plan = text === undefined ? none : new Map(JSON.parse(text) as [string, string[]][]);
          known.set(keyOf(run), plan);
          found.set(keyOf(run), plan);
        }
      }
      return (run) => found.get(keyOf(run)) ?? none;
    },
  };
}
