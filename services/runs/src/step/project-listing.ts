import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { filterInvalid } from "@signalbox/runtime/filter/invalid.ts";
import { type Id, isUuid, toId } from "@signalbox/runtime/ids.ts";
import { type ListQuery, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { loggedByStep } from "../metric/logged-fields.ts";
import type { RunsTables } from "../tables.ts";

/** One more than a filter may match, so that it is refused and not cut. */
const most = 1001;

/**
 * What may be asked of the steps of many runs. A project has them by name, by status and as they were first reported; a workspace only as
 * they were reported. By the times of their start and end is sorted what the filter leaves: each report of a step would have to move it in an
 * index.
 */
export function projectStepListing({ db }: Pick<Database<RunsTables>, "db">, query: ListQuery, latest: boolean): Listing {
  const { workspaceId } = query;
  const { fixed, picks = false } = scopeIn(query);

  /** What something else tells of steps or their runs, by the id of that. */
  function told(name: string, column: "id" | "runId", find: (id: Id) => Promise<readonly Id[]>) {
    return {
      kind: "id",
      column,
      refers: true,
      ...(column === "runId" && { implies: ["projectId"] }),
      async resolve({ text, prefix }: { readonly text: string; readonly prefix: boolean }) {
        if (prefix || !isUuid(text)) throw filterInvalid(1, `${name} is compared with an id, a UUID`);
        return find(toId(text));
      },
    } as const;
  }

  async function runsOfSnapshot(snapshot: Id): Promise<Id[]> {
    const runs = db.selectFrom("runsRun").select("id").where("workspaceId", "=", workspaceId).where("snapshotId", "=", snapshot);
    return (await runs.limit(most).execute()).map(({ id }) => id);
  }

  async function stepsOfModelVersion(modelVersion: Id): Promise<Id[]> {
    const steps = db
      .selectFrom("runsStepTrait")
      .select("stepId")
      .where("workspaceId", "=", workspaceId)
      .where("modelVersionId", "=", modelVersion);
    return (await steps.limit(most).execute()).map(({ stepId }) => stepId);
  }

  return {
    table: "runs_step",
    fixed,
    picks: picks || latest,
    key: "id",
    defaultOrder: "create_time desc",
    fields: {
      id: { kind: "id", column: "id" },
      name: { kind: "text", column: "name", sortable: true },
      run: { kind: "id", column: "runId", implies: ["projectId"] },
      snapshot: told("snapshot", "runId", runsOfSnapshot),
      project: { kind: "id", column: "projectId" },
      attempt: { kind: "int", column: "attempt" },
      status: { kind: "enum", column: "status", enum: StatusSchema, sortable: true },
      code_hash: { kind: "text", column: "codeHash" },
      cache_key: { kind: "text", column: "cacheKey" },
      cached_from: { kind: "id", column: "cachedFromId" },
      model_version: told("model_version", "id", stepsOfModelVersion),
      create_time: { kind: "time", column: "createTime", sortable: true, sortedBy: "id" },
      start_time: { kind: "time", column: "startTime", sortable: true },
      end_time: { kind: "time", column: "endTime", sortable: true },
      heartbeat_time: { kind: "time", column: "heartbeatTime" },
      ...loggedByStep,
    },
  };
}
