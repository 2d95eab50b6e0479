import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import type { BuildRow } from "./tables.ts";

/** Fails with IN_USE where a snapshot names a build. It is deleted by then: whoever is naming it holds its row, or finds it gone. */
export async function refuseInSnapshots(trx: Kysely<RegistryTables>, { workspaceId, id }: BuildRow): Promise<void> {
  const named = trx.selectFrom("registry_snapshot").select("id").where("workspaceId", "=", workspaceId).where("buildId", "=", id);
  const snapshot = await named.limit(1).executeTakeFirst();
  if (!snapshot) return;
  throw new SignalboxError(Reason.IN_USE, `the build ${toUuid(id)} is used by the snapshot ${toUuid(snapshot.id)}`, {
    metadata: { type: "build", reference: toUuid(id), snapshot: toUuid(snapshot.id) },
  });
}
