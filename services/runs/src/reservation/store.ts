import { type Id, noId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { hashOf } from "@signalbox/runtime/store/document.ts";
import { sql } from "kysely";
import type { RunsTables } from "../tables.ts";
import { type Look, lookAt } from "./standing.ts";
import type { ReservationTable } from "./tables.ts";

/** What is cached under a key in a project. */
export interface Place {
  readonly workspace: Id;
  readonly project: Id;
  readonly cacheKey: string;
}

/** An attempt of a step: who computes. */
export interface Holder {
  readonly run: Id;
  readonly step: string;
  readonly attempt: number;
}

/** A row of a reservation that was read: where it is, and which one. */
type Read = Pick<ReservationTable, "workspaceId" | "projectId" | "key" | "revision">;

/**
 * Who computes what. A reservation is a row that names its holder; whether it still holds is read from the holder's step and run,
 * so that nothing has to be written when these end: with the end, in its transaction, the key is free.
 */
export function reservationStore({ db, dialect }: Pick<Database<RunsTables>, "db" | "dialect">) {
  const until = (micros: number) => sql<number>`${dialect.now()} + ${sql.lit(micros)}`;
  const rows = () =>
    db
      .selectFrom("runsReservation as reservation")
      .leftJoin("runsRun as run", (on) =>
        on.onRef("run.workspaceId", "=", "reservation.workspaceId").onRef("run.id", "=", "reservation.runId"),
      )
      .leftJoin("runsStep as step", (on) =>
        on
          .onRef("step.workspaceId", "=", "reservation.workspaceId")
          .onRef("step.runId", "=", "reservation.runId")
          .onRef("step.name", "=", "reservation.step")
          .onRef("step.attempt", "=", "reservation.attempt"),
      )
      .selectAll("reservation")
      .select(["run.name as runName", "run.inProgress", "run.heartbeatExpiresTime as runExpiresTime"])
      .select(["step.status", "step.parts", "step.cacheKey", "step.heartbeatTimeout", "step.heartbeatExpiresTime as stepExpiresTime"])
      .select(dialect.now().as("dbNow"));

  /** Writes to a row if it is as it was read. */
  async function change(
    { workspaceId, projectId, key, revision }: Read,
    { run: runId, step, attempt }: Holder,
    expiresTime: ReturnType<typeof until> | number,
  ): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable("runsReservation")
      .set({ runId, step, attempt, expiresTime, revision: revision + 1 })
      .where("workspaceId", "=", workspaceId)
      .where("projectId", "=", projectId)
      .where("key", "=", key)
      .where("revision", "=", revision)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  return {
    async look({ workspace, project, cacheKey }: Place): Promise<Look> {
      const row = await rows()
        .where("reservation.workspaceId", "=", workspace)
        .where("reservation.projectId", "=", project)
        .where("reservation.key", "=", hashOf(cacheKey))
        .executeTakeFirst();
      return lookAt(row, cacheKey);
    },

    /** Takes a key that was free when it was looked at, or prolongs it. False where somebody was faster. */
    async take({ workspace, project, cacheKey }: Place, holder: Holder, holdMicros: number, { revision }: Look): Promise<boolean> {
      const key = hashOf(cacheKey);
      if (revision === 0) {
        const blank = { workspaceId: workspace, projectId: project, key, runId: noId, step: "", attempt: 0, expiresTime: 0, revision: 0 };
        await dialect.onConflict(db.insertInto("runsReservation").values(blank), ["workspaceId", "projectId", "key"], []).execute();
      }
      return change({ workspaceId: workspace, projectId: project, key, revision }, holder, until(holdMicros));
    },

    /** Puts away what has run out, at most so many; whose holder is heard of stays. Resolves with how many were looked at. */
    async tidy(limit: number): Promise<number> {
      const due = await rows()
        .where("reservation.expiresTime", "<=", dialect.now())
        .orderBy("reservation.expiresTime")
        .limit(limit)
        .execute();
      for (const row of due) {
        const { workspaceId, projectId, key, revision, runId: run, step, attempt, stepExpiresTime } = row;
        if (lookAt(row).standing === "held") {
          await change(row, { run, step, attempt }, stepExpiresTime ?? 0);
          continue;
        }
        await db
          .deleteFrom("runsReservation")
          .where("workspaceId", "=", workspaceId)
          .where("projectId", "=", projectId)
          .where("key", "=", key)
          .where("revision", "=", revision)
          .execute();
      }
      return due.length;
    },
  };
}

export type ReservationStore = ReturnType<typeof reservationStore>;
