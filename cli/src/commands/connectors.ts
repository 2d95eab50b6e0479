import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { type Connector, ConnectorSchema } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import type { Column } from "../output/table.ts";
import { dayOf } from "../output/time.ts";
import { printable } from "../output/width.ts";
import { type ListOptions, printList } from "../pages.ts";
import { showTypes } from "./connector-types.ts";
import { addConnectorChanges } from "./connectors-change.ts";
import { addConnectorChecks } from "./connectors-verify.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns: readonly Column<Connector>[] = [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "TYPE", cell: ({ type }) => type },
  { heading: "METHOD", cell: ({ method }) => method },
  { heading: "RESOURCES", cell: ({ resource, resourceTypes }) => resource || resourceTypes.join(", ") },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

/** `connectors types`, `list`, `show`, `create`, `update`, `verify`, `resources`, `secrets` and `delete`. */
export function addConnectors(program: Command, act: Act): void {
  const connectors = program.command("connectors").description("what gives steps access to clouds, clusters and registries");
  connectors
    .command("types [type] [method]")
    .description("list what connectors can be; of a type its methods and resources, of a method the JSON Schema of its settings")
    .addHelpText("after", examples("connectors types", "connectors types aws", "connectors types aws iam-role"))
    .action(act((context, _options, type, method) => showTypes(context, type, method)));
  withListOptions(connectors.command("list").description("list connectors"))
    .addHelpText("after", examples("connectors list --filter 'type = aws AND resource_type:s3-bucket'"))
    .action(act<ListOptions>(listConnectors));
  connectors
    .command("show <connector>")
    .description("show how a connector is configured, without its secrets")
    .action(act((context, _options, reference) => showConnector(context, needed(reference, "the connector"))));
  addConnectorChanges(connectors, act);
  addConnectorChecks(connectors, act);
  connectors
    .command("secrets <connector>")
    .description("print what a connector with a type keeps sealed, as JSON; whoever reads it is on record")
    .action(
      act(async (context, _options, reference) => {
        const { client } = context.connect();
        const answer = await client(ConnectorService).readConnectorSecrets({ connector: needed(reference, "the connector") });
        const rest = answer.configuration ? (JSON.parse(answer.configuration.text) as object) : {};
        context.print(JSON.stringify({ ...rest, ...answer.secrets }, null, 2));
      }),
    );
  connectors
    .command("delete <connector>")
    .description("delete a connector, and drop what it issued")
    .action(
      act(async (context, _options, reference) => {
        await context
          .connect()
          .client(ConnectorService)
          .deleteConnector({ connector: needed(reference, "the connector") });
        context.print(context.options.json ? "{}" : `connector ${reference} deleted`);
      }),
    );
}

async function listConnectors(context: Context, options: ListOptions): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: ConnectorSchema,
    columns,
    nothing: "no connectors",
    fetch: async (page) => {
      const answer = await client(ConnectorService).listConnectors({
        filter: options.filter ?? "",
        orderBy: options.order ?? "",
        ...page,
      });
      return { items: answer.connectors, nextPageToken: answer.nextPageToken };
    },
  });
}

async function showConnector(context: Context, reference: string): Promise<void> {
  const { connector } = await context.connect().client(ConnectorService).getConnector({ connector: reference });
  if (!connector) return;
  if (context.options.json) return context.print(jsonText(ConnectorSchema, connector));
  const { type, name, method, resource, resourceTypes, secretKeys, expireTime, labels, configuration } = connector;
  const facts = [
    `resources ${resource || resourceTypes.join(", ")}`,
    ...(secretKeys.length > 0 ? [`sealed ${secretKeys.join(", ")}`] : []),
    ...(expireTime ? [`expires ${dayOf(expireTime)}`] : []),
    ...Object.entries(labels).map(([key, value]) => `label ${key}=${value}`),
  ];
  context.print(
    printable(`${name}: ${type}, ${method}`),
    ...facts.map((fact) => `  ${printable(fact)}`),
    ...(configuration ? configuration.text.split("\n").map(printable) : []),
  );
}
