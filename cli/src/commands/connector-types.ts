import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import {
  type ConnectorMethod,
  type ConnectorType,
  ConnectorTypeSchema,
  type ResourceType,
} from "@signalbox/gen/signalbox/credentials/v1/connector_type_pb.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { type Column, tableWriter } from "../output/table.ts";
import { printList } from "../pages.ts";

const typeColumns: readonly Column<ConnectorType>[] = [
  { heading: "TYPE", cell: ({ type }) => type },
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "METHODS", cell: ({ methods }) => methods.map(({ method }) => method).join(", ") },
  { heading: "RESOURCES", cell: ({ resourceTypes }) => resourceTypes.map(({ type }) => type).join(", ") },
];

const methodColumns: readonly Column<ConnectorMethod>[] = [
  { heading: "METHOD", cell: ({ method }) => method },
  { heading: "ISSUED HERE", cell: ({ issues }) => (issues ? "yes" : "") },
  { heading: "WHAT IT DOES", cell: ({ description }) => description },
];

const resourceColumns: readonly Column<ResourceType>[] = [
  { heading: "RESOURCE", cell: ({ type }) => type },
  { heading: "WHAT IT IS", cell: ({ description }) => description },
  { heading: "METHODS", cell: ({ methods }) => methods.join(", ") },
];

/** Prints the types of connectors, one of them, or the settings of one of its methods. */
export async function showTypes(context: Context, type: string | undefined, method: string | undefined): Promise<void> {
  const { client } = context.connect();
  if (type === undefined) {
    const fetch = async () => ({ items: (await client(ConnectorService).listConnectorTypes({})).types, nextPageToken: "" });
    return printList(context, {}, { schema: ConnectorTypeSchema, columns: typeColumns, nothing: "no types", fetch });
  }
  const { type: found } = await client(ConnectorService).getConnectorType({ type });
  if (!found) return;
  if (method !== undefined) return context.print(schemaOf(found, method));
  if (context.options.json) return context.print(jsonText(ConnectorTypeSchema, found));
  const methods = tableWriter(methodColumns, context.paint).rows(found.methods);
  context.print(found.description, "", ...methods, "", ...tableWriter(resourceColumns, context.paint).rows(found.resourceTypes));
}

function schemaOf({ type, methods }: ConnectorType, called: string): string {
  const method = methods.find((each) => each.method === called);
  if (!method) throw wrongUsage(`${type} has no method "${called}"`, `one of ${methods.map((each) => each.method).join(", ")}`);
  return JSON.stringify(JSON.parse(method.schema?.text ?? "{}"), null, 2);
}
