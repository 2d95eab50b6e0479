import { type Id, isUuid, toId } from "@signalbox/runtime/ids.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

/** One more than a filter may match, so that it is refused and not cut. */
const most = 1001;

/** The stacks that have a component, by its id, or by its name or how that begins; at most 1,001. */
export async function stacksWith(
  db: Kysely<RegistryTables>,
  workspaceId: Id,
  { component, prefix }: { readonly component: string; readonly prefix: boolean },
): Promise<Id[]> {
  const named = called(db, "registry_component", workspaceId);
  const components = isUuid(component) && !prefix ? [toId(component)] : await named({ text: component, prefix });
  if (components.length === 0 || components.length === most) return components;
  const members = db.selectFrom("registry_stack_component").select("stackId").distinct().where("workspaceId", "=", workspaceId);
  return (await members.where("componentId", "in", components).limit(most).execute()).map(({ stackId }) => stackId);
}
