import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Flavor, FlavorSchema, FlavorService } from "@signalbox/gen/signalbox/registry/v1/flavor_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import type { Column } from "../output/table.ts";
import { type ListOptions, printList } from "../pages.ts";
import { typeCalled, typeName, typeNames } from "./component-types.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns: readonly Column<Flavor>[] = [
  { heading: "TYPE", cell: ({ type }) => typeName(type) },
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "SHOWN AS", cell: ({ displayName }) => displayName },
  { heading: "CUSTOM", cell: ({ custom }) => (custom ? "yes" : "") },
  { heading: "DOCUMENTATION", cell: ({ docsUrl }) => docsUrl },
];

interface Creating {
  readonly schema?: string;
  readonly displayName?: string;
  readonly source?: string;
  readonly docs?: string;
}

/** `flavors list`, `show`, `create` and `delete`. */
export function addFlavors(program: Command, act: Act): void {
  const flavors = program.command("flavors").description("which implementations the components of stacks can be");
  withListOptions(flavors.command("list").description("list those that Signalbox brings, and those that people added")).action(
    act<ListOptions>(listFlavors),
  );
  flavors
    .command("show <flavor>")
    .description("show the JSON Schema of what its components are configured with")
    .addHelpText("after", examples("flavors show s3"))
    .action(
      act(async (context, _options, reference) => {
        const { flavor } = await context
          .connect()
          .client(FlavorService)
          .getFlavor({ flavor: needed(reference, "the flavor") });
        if (context.options.json && flavor) context.print(jsonText(FlavorSchema, flavor));
        else context.print(flavor?.schema ? JSON.stringify(JSON.parse(flavor.schema.text), null, 2) : "anything goes");
      }),
    );
  flavors
    .command("create <type> <name>")
    .description(`add a flavor; types are ${typeNames.join(", ")}`)
    .option("--schema <file>", "the JSON Schema that configurations have to satisfy")
    .option("--display-name <text>", "what people see")
    .option("--source <text>", "what implements it")
    .option("--docs <url>", "where it is documented")
    .addHelpText("after", examples("flavors create alerter pager --schema pager.json"))
    .action(
      act<Creating>((context, options, type, name) => createFlavor(context, options, needed(type, "the type"), needed(name, "the name"))),
    );
  flavors
    .command("delete <flavor>")
    .description("delete a flavor that people added, and no component has")
    .action(
      act(async (context, _options, reference) => {
        await context
          .connect()
          .client(FlavorService)
          .deleteFlavor({ flavor: needed(reference, "the flavor") });
        context.print(context.options.json ? "{}" : `flavor ${reference} deleted`);
      }),
    );
}

async function listFlavors(context: Context, options: ListOptions): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: FlavorSchema,
    columns,
    nothing: "no flavors",
    fetch: async (page) => {
      const answer = await client(FlavorService).listFlavors({
        filter: options.filter ?? "",
        orderBy: options.order ?? "type, name",
        ...page,
      });
      return { items: answer.flavors, nextPageToken: answer.nextPageToken };
    },
  });
}

async function createFlavor(context: Context, options: Creating, typed: string, name: string): Promise<void> {
  const { schema, displayName = "", source = "", docs: docsUrl = "" } = options;
  const type = typeCalled(typed);
  const text = schema === undefined ? undefined : await readFile(schema, "utf8");
  const request = { id: randomUUID(), type, name, displayName, source, docsUrl, ...(text !== undefined && { schema: { text } }) };
  const { flavor } = await context.connect().client(FlavorService).createFlavor(request);
  if (context.options.json && flavor) context.print(jsonText(FlavorSchema, flavor));
  else context.print(`flavor ${flavor?.name ?? name} created`);
}
