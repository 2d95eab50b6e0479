import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Context } from "../context.ts";
import type { Changes } from "../report/change.ts";
import { expireLease } from "../wait/poll.ts";

/** How many that fell silent are looked at in one go. */
const portion = 200;

type Sweeping = Pick<Context, "database" | "reporting" | "waits" | "clock" | "log">;

/**
 * Fails steps and runs that fell silent, by the database's clock. What it finds is only
 * asked to expire: whether it is still silent is decided where all reports are, so a
 * sign of life that came in between counts, and two sweepers do no harm. Resolves with how many it found.
 */
async function sweepBeats({ database, reporting, log }: Sweeping): Promise<number> {
  const { db, dialect } = database;
  const [steps, runs] = await Promise.all([
    db
      .selectFrom("runsStep")
      .select(["workspaceId", "runId", "name", "attempt"])
      .where("heartbeatExpiresTime", "<=", dialect.now())
      .orderBy("heartbeatExpiresTime")
      .limit(portion)
      .execute(),
    db
      .selectFrom("runsRun")
      .select(["workspaceId", "id"])
      .where("heartbeatExpiresTime", "<=", dialect.now())
      .orderBy("heartbeatExpiresTime")
      .limit(portion)
      .execute(),
  ]);
  const changes: Changes[] = [
    ...steps.map(({ workspaceId, runId, name, attempt }) => ({
      workspace: workspaceId,
      run: runId,
      changes: [{ kind: "expire", step: { name, attempt } }] as const,
    })),
    ...runs.map(({ workspaceId, id }) => ({ workspace: workspaceId, run: id, changes: [{ kind: "expire" }] as const })),
  ];
  const settled = await Promise.allSettled(changes.map((change) => reporting.report(change)));
  for (const result of settled) {
    if (result.status === "rejected") log.warn({ err: result.reason }, "what fell silent could not be failed; it is tried again");
  }
  return changes.length;
}

/** Lets go of wait conditions whose pollers fell silent. Resolves with how many it found. */
async function sweepLeases(context: Sweeping): Promise<number> {
  const { db, dialect } = context.database;
  const expired = await db
    .selectFrom("runsWaitCondition")
    .selectAll()
    .where("pollerExpiresTime", "<=", dialect.now())
    .orderBy("pollerExpiresTime")
    .limit(portion)
    .execute();
  for (const row of expired) {
    await expireLease(context, row).catch((error: unknown) =>
      context.log.warn({ err: error }, "a lease that ran out is not taken back; it is tried again"),
    );
  }
  return expired.length;
}

const sweep = async (context: Sweeping) => Math.max(await sweepBeats(context), await sweepLeases(context));

/** Sweeps every two seconds while this replica leads, for as long as the signal lets it. */
export async function sweeping(context: Sweeping, signal: AbortSignal, everyMs = 2_000): Promise<void> {
  const { database, log } = context;
  await whileLeader(lease(database as unknown as Database<never>, "runs", "heartbeats"), {
    ttlMs: 10_000,
    everyMs,
    signal,
    onError: (error) => log.error({ err: error }, "heartbeats are not watched, for the moment"),
    work: async (leading) => {
      while (!leading.aborted && (await sweep(context)) >= portion) await sleep(10);
    },
  });
}
