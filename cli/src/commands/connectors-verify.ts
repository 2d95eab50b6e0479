import {
  type AccessibleResources,
  type ConnectorResources,
  ConnectorResourcesSchema,
  ConnectorService,
  Verification,
  type VerifyConnectorResponse,
  VerifyConnectorResponseSchema,
} from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { type Column, tableWriter } from "../output/table.ts";
import { printable } from "../output/width.ts";
import { type ListOptions, printList } from "../pages.ts";
import { examples, withListOptions } from "./list-options.ts";

const said: Readonly<Record<Verification, string>> = {
  [Verification.UNSPECIFIED]: "",
  [Verification.TRIED]: "it works: a credential was got, and forgotten",
  [Verification.SETTINGS]: "its settings are as its type wants them; nobody was asked whether they work",
  [Verification.NOTHING]: "nothing can be said: its type is not known",
};

const accessible: readonly Column<AccessibleResources>[] = [
  { heading: "TYPE", cell: ({ type }) => type },
  { heading: "RESOURCES", cell: ({ resources, error }) => resources.join(", ") || { text: error, tone: "faint" } },
];

const columns: readonly Column<ConnectorResources>[] = [
  { heading: "CONNECTOR", cell: ({ name }) => name },
  { heading: "TYPE", cell: ({ type }) => type },
  { heading: "RESOURCE TYPES", cell: ({ resources }) => resources.map(({ type }) => type).join(", ") },
  { heading: "RESOURCES", cell: ({ resources }) => [...new Set(resources.flatMap((each) => each.resources))].join(", ") },
];

type Verified = Pick<VerifyConnectorResponse, "verification" | "identity" | "expired" | "resources">;

/** `connectors verify` and `resources`. */
export function addConnectorChecks(connectors: Command, act: Act): void {
  connectors
    .command("verify <connector>")
    .description("try whether a connector works, as far as this server can tell")
    .option("--resource <resource>", "the resource to try it for, such as s3://bucket")
    .addHelpText("after", examples("connectors verify lake --resource s3://lake"))
    .action(
      act<{ resource?: string }>(async (context, { resource = "" }, given) => {
        const connector = needed(given, "the connector");
        const answer = await context.connect().client(ConnectorService).verifyConnector({ connector, resource });
        if (context.options.json) context.print(jsonText(VerifyConnectorResponseSchema, answer));
        else printVerified(context, answer);
      }),
    );
  withListOptions(connectors.command("resources").description("list which resources connectors give access to, as far as they tell"))
    .addHelpText("after", examples("connectors resources --filter resource_type:s3-bucket"))
    .action(
      act<ListOptions>((context, options) =>
        printList(context, options, {
          schema: ConnectorResourcesSchema,
          columns,
          nothing: "no connectors",
          fetch: async (page) => {
            const asked = { filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
            const answer = await context.connect().client(ConnectorService).listConnectorResources(asked);
            return { items: answer.connectors, nextPageToken: answer.nextPageToken };
          },
        }),
      ),
    );
}

/** Prints what is known of a connector after it was tried. */
export function printVerified(context: Context, { verification, identity, expired, resources }: Verified): void {
  context.print(
    said[verification] ?? "",
    ...(identity ? [`  it is ${printable(identity)}`] : []),
    ...(expired ? ["  what it is configured with has expired"] : []),
  );
  if (resources.length > 0) context.print(...tableWriter(accessible, context.paint).rows(resources));
}
