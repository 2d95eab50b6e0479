import { randomUUID } from "node:crypto";
import { type Component, ComponentSchema } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { printable } from "../output/width.ts";
import { type ListOptions, printList } from "../pages.ts";
import { typeCalled, typeName, typeNames } from "./component-types.ts";
import { findComponent } from "./find-component.ts";
import { collected, examples, withListOptions } from "./list-options.ts";
import {
  type ConfigurationOptions,
  changedPairs,
  configurationOf,
  type PairOptions,
  pairsOf,
  withPairChanges,
  withPairs,
} from "./pairs.ts";

const columns: readonly Column<Component>[] = [
  { heading: "TYPE", cell: ({ type }) => typeName(type) },
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "FLAVOR", cell: ({ flavor }) => flavor },
  { heading: "RESOURCE", cell: ({ connectorResource }) => connectorResource },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
];

interface Connected extends ConfigurationOptions, PairOptions {
  readonly connector?: string;
  readonly resource?: string;
  readonly secret?: string[];
}

/** The options that say how a component is configured. */
const withConfiguration = (command: Command): Command =>
  command
    .option("--config <file>", "the configuration, a JSON file")
    .option("--set <key=value>", "a value of the configuration: JSON where it is that, otherwise text; again for more", collected)
    .option("--connector <id>", "the connector that it gets credentials from")
    .option("--resource <resource>", "the resource of that connector, such as s3://bucket")
    .option("--secret <id>", "a secret whose values become variables; again for more", collected);

/** `components list`, `show`, `create`, `update` and `delete`. */
export function addComponents(program: Command, act: Act): void {
  const components = program.command("components").description("the parts that stacks are made of");
  withListOptions(components.command("list").description("list components")).action(act<ListOptions>(listComponents));
  components
    .command("show <component>")
    .description("show how a component is configured")
    .addHelpText("after", examples("components show s3", "components show alerter/slack"))
    .action(act((context, _options, reference) => showComponent(context, reference)));
  withPairs(withConfiguration(components.command("create <type> <name>")))
    .description(`create a component; types are ${typeNames.join(", ")}`)
    .requiredOption("--flavor <flavor>", "which implementation it is: flavors list has those that are known")
    .addHelpText("after", examples("components create artifact_store s3 --flavor s3 --set path=s3://models"))
    .action(act<Connected & { flavor: string }>(createComponent));
  withPairChanges(withConfiguration(components.command("update <component>")))
    .description("change a component; what is not named stays")
    .option("--unset <key>", "takes a value out of the configuration; again for more", collected)
    .option("--name <name>", "what it is called from now on")
    .addHelpText("after", examples("components update s3 --set path=s3://models-eu --label region=eu"))
    .action(act<Connected & { name?: string }>(updateComponent));
  components
    .command("delete <component>")
    .description("delete a component that no stack has")
    .action(
      act(async (context, _options, reference) => {
        const { id } = await findComponent(context, needed(reference, "the component"));
        await context.connect().client(ComponentService).deleteComponent({ component: id });
        context.print(context.options.json ? "{}" : `component ${reference} deleted`);
      }),
    );
}

async function listComponents(context: Context, options: ListOptions): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: ComponentSchema,
    columns,
    nothing: "no components",
    fetch: async (page) => {
      const answer = await client(ComponentService).listComponents({
        filter: options.filter ?? "",
        orderBy: options.order ?? "",
        ...page,
      });
      return { items: answer.components, nextPageToken: answer.nextPageToken };
    },
  });
}

async function showComponent(context: Context, reference: string | undefined): Promise<void> {
  const component = await findComponent(context, needed(reference, "the component"));
  if (context.options.json) return context.print(jsonText(ComponentSchema, component));
  const { type, name, flavor, connector, connectorResource, labels, environment, configuration } = component;
  const facts = [
    ...(connector ? [`connector ${connector}${connectorResource && `, ${connectorResource}`}`] : []),
    ...Object.entries(labels).map(([key, value]) => `label ${key}=${value}`),
    ...Object.entries(environment).map(([key, value]) => `variable ${key}=${value}`),
  ];
  context.print(
    printable(`${name}: ${typeName(type)} of the flavor ${flavor}`),
    ...facts.map((fact) => `  ${printable(fact)}`),
    ...(configuration ? configuration.text.split("\n").map(printable) : []),
  );
}

async function createComponent(
  context: Context,
  options: Connected & { flavor: string },
  type: string | undefined,
  name: string | undefined,
): Promise<void> {
  const { flavor, connector = "", resource: connectorResource = "", secret: secrets = [], label, env } = options;
  const text = await configurationOf(options);
  const request = {
    ...{ id: randomUUID(), type: typeCalled(needed(type, "the type")), name: needed(name, "the name") },
    ...{ flavor, connector, connectorResource, secrets, labels: pairsOf("--label", label), environment: pairsOf("--env", env) },
    ...(text !== undefined && { configuration: { text } }),
  };
  const { component } = await context.connect().client(ComponentService).createComponent(request);
  if (context.options.json && component) context.print(jsonText(ComponentSchema, component));
  else context.print(`component ${component?.name ?? request.name} created`);
}

async function updateComponent(context: Context, options: Connected & { name?: string }, reference: string | undefined): Promise<void> {
  const before = await findComponent(context, needed(reference, "the component"));
  const { name, connector, resource, secret } = options;
  const text = await configurationOf(options, before.configuration?.text);
  const changes = {
    ...(name !== undefined && { name }),
    ...(connector !== undefined && { connector }),
    ...(resource !== undefined && { connectorResource: resource }),
    ...(secret && { secrets: secret }),
    ...(text !== undefined && { configuration: { text } }),
    ...changedPairs(before, options),
  };
  const paths = Object.keys(changes).map((field) => (field === "connectorResource" ? "connector_resource" : field));
  if (paths.length === 0) throw wrongUsage("nothing is to change", "npx signalbox components update --help");
  // What is changed in part is what was read.
  const request = { component: before.id, ...changes, etag: before.etag, updateMask: { paths } };
  const { component } = await context.connect().client(ComponentService).updateComponent(request);
  if (context.options.json && component) context.print(jsonText(ComponentSchema, component));
  else context.print(`component ${component?.name ?? before.name} changed`);
}
