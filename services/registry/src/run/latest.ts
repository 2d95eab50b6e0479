import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Id, noId } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import { noRun, type RunRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** What has a newest run, and the column of runs that names it. */
const holders = [
  { table: "registry_pipeline", of: "pipelineId" },
  { table: "registry_snapshot", of: "snapshotId" },
  { table: "registry_run_template", of: "templateId" },
] as const;
type Holder = (typeof holders)[number];

/** What a holder says of its newest run. Lists of pipelines are asked by more of it than others are. */
const columnsOf = ({ table }: Holder, run: RunRow | undefined) => ({
  ...(run ? { latestRunId: run.id, latestRunTime: run.createTime } : noRun),
  ...(table === "registry_pipeline" && { latestRunStatus: run?.status ?? Status.UNSPECIFIED, latestRunOwnerId: run?.ownerId ?? noId }),
});

// The tables differ in what else they have.
const update = (trx: Db, { table }: Holder) =>
  (trx as Kysely<Pick<RegistryTables, "registry_pipeline">>).updateTable(table as "registry_pipeline");

const isNewer = (a: RunRow, b: RunRow): boolean => a.createTime > b.createTime || (a.createTime === b.createTime && a.id.compare(b.id) > 0);

/** What each of these runs is of, with the newest of them: in order, so that nobody waits for each other in a circle. */
function newestOf(runs: readonly RunRow[], { of }: Holder): RunRow[] {
  const newest = new Map<string, RunRow>();
  for (const run of runs) {
    const [holder, before] = [run[of].toString("hex"), newest.get(run[of].toString("hex"))];
    if (!run[of].equals(noId) && (!before || isNewer(run, before))) newest.set(holder, run);
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, run]) => run);
}

/** Makes what these runs are of tell of them, where it knows of no newer ones. Its etag stays: nobody changed it. */
export async function keepNewest(trx: Db, workspaceId: Id, runs: readonly RunRow[]): Promise<void> {
  for (const holder of holders) {
    for (const run of newestOf(runs, holder)) {
      const own = update(trx, holder).set(columnsOf(holder, run)).where("workspaceId", "=", workspaceId).where("id", "=", run[holder.of]);
      await own
        .where((row) =>
          row.or([
            row("latestRunTime", "<", run.createTime),
            row.and([row("latestRunTime", "=", run.createTime), row("latestRunId", "<=", run.id)]),
          ]),
        )
        .execute();
    }
  }
}

/** Makes what told of one of these runs, which are deleted, tell of the newest that is left. */
export async function loseNewest(trx: Db, workspaceId: Id, runs: readonly RunRow[]): Promise<void> {
  for (const holder of holders) {
    for (const { [holder.of]: id } of newestOf(runs, holder)) {
      const all = trx.selectFrom("registry_run").selectAll().where("workspaceId", "=", workspaceId).where(holder.of, "=", id);
      const newest = await all.orderBy("createTime", "desc").orderBy("id", "desc").limit(1).executeTakeFirst();
      const own = update(trx, holder).set(columnsOf(holder, newest)).where("workspaceId", "=", workspaceId).where("id", "=", id);
      await own
        .where(
          "latestRunId",
          "in",
          runs.map((run) => run.id),
        )
        .execute();
    }
  }
}
