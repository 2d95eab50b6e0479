import type { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { ExecutionModeSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import type { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Id, noId } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { called, type ListQuery, resourceFields, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { KnownTag } from "@signalbox/runtime/resource/tags/known.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import type { Kysely } from "kysely";
import { hold } from "../hold.ts";
import type { SnapshotRow, SnapshotStepRow } from "../pipeline/tables.ts";
import { inList, requireLiving } from "../project/living.ts";
import type { RegistryTables } from "../tables.ts";
import { snapshotTags } from "../tags.ts";
import { snapshotsOfPipelines, wholeSnapshots } from "./read.ts";
import { snapshotWords } from "./words.ts";

/** A snapshot with the name of its pipeline, where its code repository is, if that is registered, and its newest run, if it had one. */
export interface SnapshotOfPipeline extends SnapshotRow {
  readonly pipelineName: string;
  readonly codeHost: CodeHost | null;
  readonly codeAddress: string | null;
  readonly runName: string | null;
  readonly runStatus: Status | null;
  readonly runOwnerId: Id | null;
  readonly runIndex: number | null;
}

/** A snapshot with everything: its steps in order, and documents by their hash in hexadecimal. */
export interface WholeSnapshot {
  readonly row: SnapshotOfPipeline;
  readonly steps: readonly SnapshotStepRow[];
  readonly documents: ReadonlyMap<string, string>;
}

type Db = Kysely<RegistryTables>;

export function snapshotStore({ db, dialect }: Pick<Database<RegistryTables>, "db" | "dialect">, principals: Pick<Policy, "facts">) {
  const listing = (query: ListQuery, ofPipeline: boolean): Listing => {
    const { workspaceId } = query;
    return {
      table: "registry_snapshot",
      ...scopeIn(query, ofPipeline && "pipelineId"),
      key: "registry_snapshot.id",
      defaultOrder: "create_time desc",
      fields: {
        ...resourceFields("registry_snapshot", principals),
        name: { kind: "text", column: "registry_snapshot.name", sortable: true, words: snapshotWords.field(db, dialect, query) },
        description: { kind: "text", column: "registry_snapshot.description" },
        tags: snapshotTags.field(db, dialect, query),
        project: { kind: "id", column: "registry_snapshot.projectId", resolve: called(db, "registry_project", workspaceId) },
        pipeline: { kind: "id", column: "registry_snapshot.pipelineId", resolve: called(db, "registry_pipeline", workspaceId) },
        stack: { kind: "id", column: "registry_snapshot.stackId", resolve: called(db, "registry_stack", workspaceId) },
        build: { kind: "id", column: "registry_snapshot.buildId" },
        execution_mode: { kind: "enum", column: "registry_snapshot.executionMode", enum: ExecutionModeSchema },
        dynamic: { kind: "flag", column: "registry_snapshot.dynamic" },
        content_hash: { kind: "text", column: "registry_snapshot.contentHash" },
        version_hash: { kind: "text", column: "registry_snapshot.versionHash" },
        template: { kind: "id", column: "registry_snapshot.templateId", resolve: called(db, "registry_run_template", workspaceId) },
        source_snapshot: { kind: "id", column: "registry_snapshot.sourceSnapshotId" },
        "latest_run.time": { kind: "time", column: "registry_snapshot.latestRunTime" },
        runnable: { kind: "flag", column: "registry_snapshot.runnable" },
        code_repository: {
          ...{ kind: "id", column: "registry_snapshot.codeRepositoryId" },
          resolve: called(db, "registry_code_repository", workspaceId),
        },
        code_address: { kind: "text", column: "registry_snapshot.codeRepository" },
        code_commit: { kind: "text", column: "registry_snapshot.codeCommit" },
      },
    };
  };
  const row = (workspaceId: Id) => db.selectFrom("registry_snapshot").selectAll().where("workspaceId", "=", workspaceId);

  return {
    /** Fails with NOT_FOUND where the pipeline or the build is gone by now. */
    async add(trx: Db, snapshot: SnapshotRow, steps: readonly SnapshotStepRow[], tags: readonly KnownTag[]): Promise<void> {
      const { workspaceId, projectId, pipelineId, buildId } = snapshot;
      await requireLiving(trx, workspaceId, projectId);
      await hold(trx, "pipeline", workspaceId, pipelineId);
      if (!buildId.equals(noId)) await hold(trx, "build", workspaceId, buildId);
      await trx.insertInto("registry_snapshot").values(snapshot).execute();
      for (const rows of portions(steps, ({ upstream }) => 512 + upstream.length)) {
        await trx.insertInto("registry_snapshot_step").values(rows).execute();
      }
      await snapshotWords.add(trx, dialect, snapshot);
      await snapshotTags.attach(trx, dialect, [{ holder: snapshot, tags }], snapshot.createTime);
    },

    byId: (workspaceId: Id, id: Id): Promise<SnapshotRow | undefined> => row(workspaceId).where("id", "=", id).executeTakeFirst(),

    byIdentity: (workspaceId: Id, pipelineId: Id, identityHash: Buffer): Promise<SnapshotRow | undefined> =>
      row(workspaceId).where("pipelineId", "=", pipelineId).where("identityHash", "=", identityHash).executeTakeFirst(),

    /** Those of these snapshots that there are, whole, in no promised order. Four statements. */
    async batch(workspaceId: Id, ids: readonly Id[]): Promise<WholeSnapshot[]> {
      const rows = await snapshotsOfPipelines(db)
        .where("registry_snapshot.workspaceId", "=", workspaceId)
        .where("registry_snapshot.id", "in", ids)
        .execute();
      return wholeSnapshots(db, workspaceId, rows);
    },

    /** Those of these snapshots that the caller may see, as lists have them, in the order asked for. */
    async seen(workspaceId: Id, ids: readonly Id[], visible: Visible) {
      const all = snapshotsOfPipelines(db).where(inList("registry_snapshot", { workspaceId, projectId: undefined, visible }));
      const rows = await snapshotTags.tagged(db, workspaceId, await all.where("registry_snapshot.id", "in", ids).execute());
      const byId = new Map(rows.map((row) => [row.id.toString("hex"), row]));
      return [...new Set(ids.map((id) => id.toString("hex")))].flatMap((id) => byId.get(id) ?? []);
    },

    /** `pipelineId` is that of the request, all zeros for one that there is not. */
    async list(query: ListQuery, pipelineId: Id | undefined): Promise<Page<SnapshotOfPipeline & { readonly tags: readonly string[] }>> {
      const all = snapshotsOfPipelines(db).where(inList("registry_snapshot", query));
      const narrowed = pipelineId ? all.where("registry_snapshot.pipelineId", "=", pipelineId) : all;
      const page = await list(narrowed, listing(query, pipelineId !== undefined), query.request, query.context);
      return { ...page, rows: await snapshotTags.tagged(db, query.workspaceId, page.rows) };
    },
  };
}

export type SnapshotStore = ReturnType<typeof snapshotStore>;
