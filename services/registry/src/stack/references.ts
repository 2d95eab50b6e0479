import type { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { MemberField } from "@signalbox/runtime/store/listing.ts";
import type { Context } from "../context.ts";
import { stackResolver } from "./resolver.ts";

/** Finds the stack that a request names beside what it is about; all zeros for none. Fails with NOT_FOUND also where the caller may not read it. */
export function namedStack(context: Context): (reference: string, call: Call) => Promise<Id> {
  const may = callerMay(context);
  const find = stackResolver(context.database.db);
  return async (reference, call) => {
    if (reference === "") return noId;
    const found = await find(reference, { project: undefined, call });
    if (!found || !(await may(call, "stack.read", found))) throw notFound("stack", reference);
    return toId(found.id);
  };
}

/** Asks for stacks by a component, by id or name: `container_registry:ecr`. `stacks` is the column of their ids; `type` that of the component, where only one counts. */
export const componentField = (workspace: string, stacks: string, type?: ComponentType): MemberField => ({
  kind: "member",
  has(row, { name }) {
    const parts = row
      .selectFrom("registry_stack_component")
      .innerJoin("registry_component", (join) =>
        join
          .onRef("registry_component.workspaceId", "=", "registry_stack_component.workspaceId")
          .onRef("registry_component.id", "=", "registry_stack_component.componentId"),
      )
      .select("registry_component.id")
      .whereRef("registry_stack_component.workspaceId", "=", workspace)
      .whereRef("registry_stack_component.stackId", "=", stacks);
    const typed = type === undefined ? parts : parts.where("registry_component.type", "=", type);
    if (name === undefined) return row.exists(typed);
    const by = isUuid(name) ? typed.where("registry_component.id", "=", toId(name)) : typed.where("registry_component.name", "=", name);
    return row.exists(by);
  },
});

/** Asks for components by a stack that has them, by id or name: `stack:prod`. `components` is the column of their ids. */
export const stackField = (workspace: string, components: string): MemberField => ({
  kind: "member",
  has(row, { name }) {
    const stacks = row
      .selectFrom("registry_stack_component")
      .innerJoin("registry_stack", (join) =>
        join
          .onRef("registry_stack.workspaceId", "=", "registry_stack_component.workspaceId")
          .onRef("registry_stack.id", "=", "registry_stack_component.stackId"),
      )
      .select("registry_stack.id")
      .whereRef("registry_stack_component.workspaceId", "=", workspace)
      .whereRef("registry_stack_component.componentId", "=", components);
    if (name === undefined) return row.exists(stacks);
    return row.exists(isUuid(name) ? stacks.where("registry_stack.id", "=", toId(name)) : stacks.where("registry_stack.name", "=", name));
  },
});
