import { createCursorTable } from "@signalbox/runtime/store/consume.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import { createDocumentTable } from "@signalbox/runtime/store/document.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

/** Runs, their steps, and the logs that the service writes and reads. */
export const runs: Migration = (dialect) => ({
  async up(db) {
    const { id, name, text, hash, time, int, flag, enum: number } = dialect.types;
    await createOutboxTable(db, dialect, "runs");
    await createCursorTable(db, dialect, "runs");
    await createDocumentTable(db, dialect, "runs");

    await createTable(
      db,
      "runs_run",
      {
        workspace_id: id,
        id,
        project_id: id,
        pipeline_id: id,
        pipeline_name: name,
        snapshot_id: id,
        stack_id: id,
        owner_id: id,
        name,
        orchestrator_run: name,
        claim_key: hash,
        index: int,
        status: number,
        status_reason: text,
        in_progress: flag,
        execution_mode: number,
        dynamic: flag,
        stopping: number,
        ended: number,
        plan: hash,
        planned: int,
        pending: int,
        unfinished: int,
        retrying: int,
        completed: int,
        cached: int,
        failed: int,
        skipped: int,
        stopped: int,
        blocked: int,
        positions: int,
        parts: number,
        parameters: hash,
        start_time: time,
        end_time: time,
        closed_time: time,
        heartbeat_time: time,
        heartbeat_timeout: int,
        heartbeat_expires_time: time,
        content_hash: hash,
        revision: int,
        create_time: time,
        update_time: time,
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "runs_run", { name: ["workspace_id", "project_id", "name"], claim: ["workspace_id", "snapshot_id", "claim_key"] });
    await createIndexes(db, "runs_run", {
      newest: ["workspace_id", "create_time", "id"],
      project: ["workspace_id", "project_id", "create_time", "id"],
      status: ["workspace_id", "project_id", "status", "create_time", "id"],
      pipeline: ["workspace_id", "pipeline_id", "create_time", "id"],
      expires: ["heartbeat_expires_time"],
    });

    await createTable(db, "runs_counter", { workspace_id: id, pipeline_id: id, value: int }, ["workspace_id", "pipeline_id"]);
    await createTable(db, "runs_purge", { workspace_id: id, id, kind: name, create_time: time }, ["workspace_id", "id"]);

    await createTable(
      db,
      "runs_step",
      {
        workspace_id: id,
        run_id: id,
        position: int,
        id,
        project_id: id,
        name,
        attempt: int,
        latest: flag,
        status: number,
        status_reason: text,
        upstream: text,
        cache_key: name,
        code_hash: name,
        parameters: hash,
        configuration: hash,
        exception: hash,
        cached_from_id: id,
        cached_from_run: name,
        end_hash: hash,
        parts: number,
        start_time: time,
        end_time: time,
        heartbeat_time: time,
        heartbeat_timeout: int,
        heartbeat_expires_time: time,
        revision: int,
        create_time: time,
      },
      ["workspace_id", "run_id", "position"],
    );
    await createKeys(db, "runs_step", { name: ["workspace_id", "run_id", "name", "attempt"] });
    await createIndexes(db, "runs_step", {
      id: ["workspace_id", "id"],
      revision: ["workspace_id", "run_id", "revision"],
      cache: ["workspace_id", "project_id", "cache_key", "end_time"],
      expires: ["heartbeat_expires_time"],
    });
  },
});
