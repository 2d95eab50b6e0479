import type { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { MemberField } from "@signalbox/runtime/store/listing.ts";
import type { SelectQueryBuilder } from "kysely";
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
export const componentField = (workspace: string, stacks: string, type?: ComponentType): MemberField =>
  fieldAcross({ workspace, column: stacks, own: "stackId", other: "componentId", table: "registry_component" }, (components) =>
    type === undefined ? components : components.where("registry_component.type", "=", type),
  );

/** Asks for components by a stack that has them, by id or name: `stack:prod`. `components` is the column of their ids. */
export const stackField = (workspace: string, components: string): MemberField =>
  fieldAcross({ workspace, column: components, own: "componentId", other: "stackId", table: "registry_stack" });

interface Across {
  /** The column of the workspace of what is listed, and that of its id. */
  readonly workspace: string;
  readonly column: string;
  /** The columns of registry_stack_component that name it, and what it is asked by; and the table of that. */
  readonly own: string;
  readonly other: string;
  readonly table: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the same query, of stacks or of components
type Named = SelectQueryBuilder<any, any, any>;

/** Asks across what stacks are made of, one way or the other. */
const fieldAcross = ({ workspace, column, own, other, table }: Across, such = (named: Named) => named): MemberField => ({
  kind: "member",
  has(row, { name }) {
    const joined = row
      .selectFrom("registry_stack_component")
      .innerJoin(table, (join) =>
        join
          .onRef(`${table}.workspaceId`, "=", "registry_stack_component.workspaceId")
          .onRef(`${table}.id`, "=", `registry_stack_component.${other}`),
      )
      .select(`${table}.id`)
      .whereRef("registry_stack_component.workspaceId", "=", workspace)
      .whereRef(`registry_stack_component.${own}`, "=", column);
    const named = such(joined);
    if (name === undefined) return row.exists(named);
    return row.exists(isUuid(name) ? named.where(`${table}.id`, "=", toId(name)) : named.where(`${table}.name`, "=", name));
  },
});
