import type { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { StackService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import { inWorkspace } from "@signalbox/runtime/resource/declared.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { amongStacks, foldedNames } from "../folded-names.ts";
import { resourceLabels } from "../labels.ts";
import { noVariables, variableColumns, variablesOf } from "../variables.ts";
import { checkComposition, checkDistinct } from "./composition.ts";
import { componentsOf, stackMembers } from "./members.ts";
import { stacksWith } from "./named.ts";
import { componentField } from "./references.ts";

export function stackHandlers(context: Context): Handlers<typeof StackService> {
  const may = callerMay(context);
  const names = foldedNames("registry_stack", "stack", () => amongStacks);

  /** Fails with NOT_FOUND or FIELD_INVALID unless these components make a stack and the caller may read them. */
  async function checkComponents(uuids: readonly string[], call: Call): Promise<void> {
    checkDistinct(uuids);
    const ids = uuids.map(toId);
    const found = new Map((await componentsOf(context.database.db, workspaceOf(call), ids)).map((row) => [toUuid(row.id), row]));
    const types: ComponentType[] = [];
    for (const id of ids.map(toUuid)) {
      const component = found.get(id);
      if (!component || !(await may(call, "stack_component.read", { owner: toUuid(component.ownerId) }))) throw notFound("component", id);
      types.push(component.type);
    }
    checkComposition(types);
  }

  // A stack that is deleted leaves snapshots and runs with its id: what ran on it stays true.
  const stacks = standard(context, {
    service: StackService,
    name: "Stack",
    table: "registry_stack",
    scope: inWorkspace,
    parts: { components: stackMembers, labels: resourceLabels },
    async found(request, call) {
      await checkComponents(request.components, call);
      return request;
    },
    row: ({ name, description, specPath, environment, secrets }) => ({
      ...{ name, description, specPath },
      ...noVariables,
      ...variableColumns({ environment, secrets }),
    }),
    message: ({ name, description, specPath, components, labels, ...row }) => ({
      ...{ name, description, specPath, labels },
      ...variablesOf(row),
      // As they were given, until they are read from their rows.
      components: components.map((uuid) => uuid.toLowerCase()),
    }),
    changes: ["name", "description", "components", "labels", "specPath", "environment", "secrets"],
    patch: ({ environment, secrets, ...texts }) => ({ ...texts, ...variableColumns({ environment, secrets }) }),
    fields: () => ({
      name: { kind: "text", sortable: true },
      description: { kind: "text" },
      labels: resourceLabels.field("registry_stack", context.database.dialect),
      component: componentField("registry_stack.workspaceId", "registry_stack.id"),
    }),
    async changing({ components }, call) {
      if (components) await checkComponents(components, call);
    },
    changed: (trx, row, _, before) => names.named(trx, row, before),
    removed: names.release,
  });

  return {
    ...stacks,

    async resolveStacks({ workspace, name: text, component, prefix }) {
      const { db } = context.database;
      const workspaceId = toId(workspace);
      const asked =
        component === "" ? called(db, "registry_stack", workspaceId)({ text, prefix }) : stacksWith(db, workspaceId, { component, prefix });
      return { stacks: (await asked).map(toUuid) };
    },
  };
}
