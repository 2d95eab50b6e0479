import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { ComponentRow } from "../stack/tables.ts";
import type { RegistryTables } from "../tables.ts";

type Db = Kysely<RegistryTables>;

/** The components that this names: one by its id, or all of a name, at most one of each type. */
export const componentsCalled = (db: Db, workspaceId: Id, by: { readonly id: Id } | { readonly name: string }) =>
  db
    .selectFrom("registry_component")
    .select(["id", "ownerId"])
    .where((row) => row.and({ workspaceId, ...by }))
    .execute();

const mostNamed = 10;

/** Fails with IN_USE where stacks have a component. It is deleted by then: whoever is putting it into a stack holds its row, or finds it gone. */
export async function refuseInStacks(trx: Db, { workspaceId, id, name }: ComponentRow): Promise<void> {
  const stacks = await trx
    .selectFrom("registry_stack_component")
    .innerJoin("registry_stack", (join) =>
      join
        .onRef("registry_stack.workspaceId", "=", "registry_stack_component.workspaceId")
        .onRef("registry_stack.id", "=", "registry_stack_component.stackId"),
    )
    .select(["registry_stack.name"])
    .where("registry_stack_component.workspaceId", "=", workspaceId)
    .where("registry_stack_component.componentId", "=", id)
    .orderBy("registry_stack.name")
    .limit(mostNamed + 1)
    .execute();
  if (stacks.length === 0) return;
  const names = stacks.slice(0, mostNamed).map((stack) => stack.name);
  const text = `${names.join(", ")}${stacks.length > mostNamed ? " and others" : ""}`;
  throw new SignalboxError(Reason.IN_USE, `the component "${name}" is used by ${names.length === 1 ? "the stack" : "the stacks"} ${text}`, {
    metadata: { type: "component", reference: toUuid(id), stacks: text },
  });
}
