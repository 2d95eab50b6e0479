import { createHash } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { type Kysely, sql } from "kysely";
import type { Context } from "../context.ts";
import { hold } from "../hold.ts";
import type { RegistryTables } from "../tables.ts";
import { snapshotWords } from "./words.ts";

/** What only one snapshot of a pipeline has: its name; its content where it never had one; or its id where its name was taken away. */
export const identityOf = (by: "name" | "content" | "id", what: string | Buffer): Buffer =>
  createHash("sha256").update(`${by}\0`).update(what).digest();

interface Taking {
  readonly call: Call;
  readonly workspaceId: Id;
  readonly pipelineId: Id;
  readonly name: string;
  readonly now: Micros;
}

/**
 * Takes a name from the snapshot of a pipeline that has it. Whoever names one of its snapshots holds the pipeline's row: one after the
 * other they find who has the name. Fails with PERMISSION_MISSING where the caller may not change that one.
 */
export function takingNames(context: Pick<Context, "policy" | "decisions">) {
  const may = callerMay(context);
  return async (trx: Kysely<RegistryTables>, { call, workspaceId, pipelineId, name, now }: Taking): Promise<void> => {
    await hold(trx, "pipeline", workspaceId, pipelineId);
    const query = trx.selectFrom("registry_snapshot").select(["id", "projectId", "ownerId"]).where("workspaceId", "=", workspaceId);
    const named = query.where("pipelineId", "=", pipelineId).where("identityHash", "=", identityOf("name", name));
    const holder = await named.executeTakeFirst();
    if (!holder) return;
    const permission = "snapshot.update";
    if (!(await may(call, permission, { project: toUuid(holder.projectId), owner: toUuid(holder.ownerId) }))) {
      const message = `you may not take "${name}" from the snapshot ${toUuid(holder.id)}: it needs ${permission}`;
      throw new SignalboxError(Reason.PERMISSION_MISSING, message, { metadata: { permission } });
    }
    await trx
      .updateTable("registry_snapshot")
      .set({ name: "", identityHash: identityOf("id", holder.id), updateTime: now, revision: sql<number>`revision + 1` })
      .where("workspaceId", "=", workspaceId)
      .where("id", "=", holder.id)
      .execute();
    await snapshotWords.drop(trx, workspaceId, [holder.id]);
  };
}
