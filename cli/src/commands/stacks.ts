import { randomUUID } from "node:crypto";
import { type Component, type Stack, StackSchema } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService, StackService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { type Column, tableWriter } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { printable } from "../output/width.ts";
import { type ListOptions, printList } from "../pages.ts";
import { typeName } from "./component-types.ts";
import { findComponent } from "./find-component.ts";
import { collected, examples, withListOptions } from "./list-options.ts";
import { changedPairs, type PairOptions, pairsOf, withPairChanges, withPairs } from "./pairs.ts";

const columns = (now: number): readonly Column<Stack>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "COMPONENTS", cell: ({ components }) => String(components.length) },
  { heading: "CHANGED", cell: ({ updateTime }) => ago(updateTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

const parts: readonly Column<Component>[] = [
  { heading: "TYPE", cell: ({ type }) => typeName(type) },
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "FLAVOR", cell: ({ flavor }) => flavor },
];

interface Creating extends PairOptions {
  readonly component: readonly string[];
  readonly description?: string;
}

interface Changing extends PairOptions {
  readonly name?: string;
  readonly description?: string;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** `stacks list`, `show`, `create`, `update` and `delete`. */
export function addStacks(program: Command, act: Act): void {
  const stacks = program.command("stacks").description("the infrastructure that pipelines run on");
  withListOptions(stacks.command("list").description("list stacks")).action(act<ListOptions>(listStacks));
  stacks
    .command("show <stack>")
    .description("show the components of a stack")
    .action(act((context, _options, reference) => showStack(context, reference)));
  withPairs(stacks.command("create <name>"))
    .description("create a stack; it has one orchestrator, and an artifact store")
    .requiredOption("--component <component>", "a component, by name, id or type/name; again for more", collected)
    .option("--description <text>", "what it is for")
    .addHelpText("after", examples("stacks create prod --component vertex --component artifact_store/gcs"))
    .action(act<Creating>(createStack));
  withPairChanges(stacks.command("update <stack>"))
    .description("change a stack; what is not named stays")
    .option("--name <name>", "what it is called from now on")
    .option("--description <text>", "what it is for")
    .option("--add <component>", "a component that it gets; again for more", collected)
    .option("--remove <component>", "a component that it loses; again for more", collected)
    .addHelpText("after", examples("stacks update prod --remove vertex --add kubeflow"))
    .action(act<Changing>(updateStack));
  stacks
    .command("delete <stack>")
    .description("delete a stack; its components stay, and so do the runs that ran on it")
    .action(
      act(async (context, _options, reference) => {
        await context
          .connect()
          .client(StackService)
          .deleteStack({ stack: needed(reference, "the stack") });
        context.print(context.options.json ? "{}" : `stack ${reference} deleted`);
      }),
    );
}

async function listStacks(context: Context, options: ListOptions): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: StackSchema,
    columns: columns(context.now()),
    nothing: "no stacks",
    fetch: async (page) => {
      const answer = await client(StackService).listStacks({ filter: options.filter ?? "", orderBy: options.order ?? "", ...page });
      return { items: answer.stacks, nextPageToken: answer.nextPageToken };
    },
  });
}

async function showStack(context: Context, reference: string | undefined): Promise<void> {
  const { client } = context.connect();
  const { stack } = await client(StackService).getStack({ stack: needed(reference, "the stack") });
  if (!stack) return;
  if (context.options.json) return context.print(jsonText(StackSchema, stack));
  const { components } = await client(ComponentService).batchGetComponents({ ids: stack.components });
  const hidden = stack.components.length - components.length;
  context.print(
    printable(stack.description ? `${stack.name}: ${stack.description}` : stack.name),
    ...Object.entries(stack.labels).map(([key, value]) => `  ${printable(`label ${key}=${value}`)}`),
    ...Object.entries(stack.environment).map(([key, value]) => `  ${printable(`variable ${key}=${value}`)}`),
    ...tableWriter(parts, context.paint).rows(components),
    ...(hidden > 0 ? [`and ${hidden} that you may not see`] : []),
  );
}

const idsOf = async (context: Context, references: readonly string[]): Promise<string[]> =>
  Promise.all(references.map(async (reference) => (await findComponent(context, reference)).id));

async function createStack(context: Context, options: Creating, name: string | undefined): Promise<void> {
  const { component, description = "", label, env } = options;
  const request = {
    ...{ id: randomUUID(), name: needed(name, "the name"), description, components: await idsOf(context, component) },
    ...{ labels: pairsOf("--label", label), environment: pairsOf("--env", env) },
  };
  const { stack } = await context.connect().client(StackService).createStack(request);
  if (context.options.json && stack) context.print(jsonText(StackSchema, stack));
  else context.print(`stack ${stack?.name ?? request.name} created`);
}

async function updateStack(context: Context, options: Changing, reference: string | undefined): Promise<void> {
  const { client } = context.connect();
  const { stack: before } = await client(StackService).getStack({ stack: needed(reference, "the stack") });
  if (!before) return;
  const { name, description, add, remove } = options;
  const changes = {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...((add || remove) && { components: await componentsOf(context, before.components, options) }),
    ...changedPairs(before, options),
  };
  const paths = Object.keys(changes);
  if (paths.length === 0) throw wrongUsage("nothing is to change", "npx signalbox stacks update --help");
  // What is changed in part is what was read.
  const request = { stack: before.id, ...changes, etag: before.etag, updateMask: { paths } };
  const { stack } = await client(StackService).updateStack(request);
  if (context.options.json && stack) context.print(jsonText(StackSchema, stack));
  else context.print(`stack ${stack?.name ?? before.name} changed`);
}

/** The components that a stack has then: those that stay, in their order, and those that it gets. */
async function componentsOf(context: Context, before: readonly string[], { add = [], remove = [] }: Changing): Promise<string[]> {
  const [added, removed] = await Promise.all([idsOf(context, add), idsOf(context, remove)]);
  const stranger = remove.find((_, i) => !before.includes(removed[i] ?? ""));
  if (stranger !== undefined) throw wrongUsage(`the stack has no component ${stranger}`);
  const kept = before.filter((id) => !removed.includes(id));
  return [...kept, ...added.filter((id) => !kept.includes(id))];
}
