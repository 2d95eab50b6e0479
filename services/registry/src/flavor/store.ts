import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import type { FlavorRow } from "./tables.ts";

/** Fails with IN_USE where components have a flavor. Those that are made meanwhile have one that is not known, which components may. */
export async function refuseInComponents(db: Kysely<RegistryTables>, { workspaceId, id, name, type }: FlavorRow): Promise<void> {
  const having = db.selectFrom("registry_component").select("name").where("workspaceId", "=", workspaceId);
  const component = await having.where("flavor", "=", name).where("type", "=", type).orderBy("name").limit(1).executeTakeFirst();
  if (!component) return;
  throw new SignalboxError(Reason.IN_USE, `the flavor "${name}" is that of the component "${component.name}"`, {
    metadata: { type: "flavor", reference: toUuid(id), component: component.name },
  });
}
