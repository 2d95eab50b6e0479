import { randomUUID } from "node:crypto";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ConnectorService, VerifyNewConnectorResponseSchema } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { ConnectorSchema } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed, parseCount, parseSpan } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { type SecretOptions, secretsOf, withSecrets } from "./connector-secrets.ts";
import { printVerified } from "./connectors-verify.ts";
import { collected, examples } from "./list-options.ts";
import { type ConfigurationOptions, configurationOf, pairsOf } from "./pairs.ts";

interface Settings extends ConfigurationOptions, SecretOptions {
  readonly method?: string;
  readonly resourceType?: string[];
  readonly resource?: string;
  readonly lifetime?: number;
  readonly expires?: number;
  readonly description?: string;
  readonly label?: string[];
}

type Creating = Settings & { readonly type: string; readonly dryRun?: boolean };
type Changing = Settings & { readonly name?: string; readonly removeSecret?: string[] };

const withSettings = (command: Command): Command =>
  withSecrets(
    command
      .option("--method <method>", "how it authenticates, such as secret-key")
      .option("--config <file>", "the settings, a JSON file; the secrets among them are sealed")
      .option("--set <key=value>", "a setting that is no secret: JSON where it is that, otherwise text; again for more", collected)
      .option("--resource-type <type>", "what it gives access to, such as s3-bucket; again for more", collected)
      .option("--resource <resource>", "the one resource that it is for, such as s3://bucket")
      .option("--lifetime <seconds>", "how long what it issues is to live", parseCount)
      .option("--expires <span>", 'when what it is configured with expires, such as "90d"', parseSpan)
      .option("--description <text>", "what it is for")
      .option("--label <key=value>", "a label; again for more", collected),
  );

/** `connectors create` and `update`. */
export function addConnectorChanges(connectors: Command, act: Act): void {
  withSettings(connectors.command("create <name>"))
    .description("create a connector: connectors types has what there is, and what each is configured with")
    .requiredOption("--type <type>", "what it is of, such as aws")
    .option("--dry-run", "tries it, and creates nothing")
    .addHelpText(
      "after",
      examples(
        "connectors create lake --type aws --method secret-key --set region=eu-central-1 --set aws_access_key_id=AKIA… --secret-env aws_secret_access_key=AWS_SECRET_ACCESS_KEY",
        "connectors create ghcr --type docker --method password --set username=ada --secret-stdin password < token",
      ),
    )
    .action(act<Creating>(createConnector));
  withSettings(connectors.command("update <connector>"))
    .description("change a connector; what is not named stays")
    .option("--unset <key>", "takes a setting out of the configuration; again for more", collected)
    .option("--remove-secret <key>", "takes a secret setting away; again for more", collected)
    .option("--name <name>", "what it is called from now on")
    .addHelpText("after", examples("connectors update lake --secret-file aws_secret_access_key=key.txt"))
    .action(act<Changing>(updateConnector));
}

async function createConnector(context: Context, options: Creating, name: string | undefined): Promise<void> {
  const { type, method = "" } = options;
  const request = { id: randomUUID(), name: needed(name, "the name"), type, method, ...(await settingsOf(context, options, "{}")) };
  const service = context.connect().client(ConnectorService);
  if (options.dryRun) {
    const answer = await service.verifyNewConnector({ newConnector: request, resource: options.resource ?? "" });
    if (context.options.json) context.print(jsonText(VerifyNewConnectorResponseSchema, answer));
    else printVerified(context, answer);
    return;
  }
  const { connector } = await service.createConnector(request);
  if (context.options.json && connector) context.print(jsonText(ConnectorSchema, connector));
  else context.print(`connector ${connector?.name ?? request.name} created`);
}

async function updateConnector(context: Context, options: Changing, given: string | undefined): Promise<void> {
  const reference = needed(given, "the connector");
  const service = context.connect().client(ConnectorService);
  const { name, method, removeSecret: removeSecrets = [] } = options;
  const touched = options.config ?? options.set ?? options.unset;
  const before = touched === undefined ? undefined : (await service.getConnector({ connector: reference })).connector;
  const changes = {
    ...(await settingsOf(context, options, before?.configuration?.text ?? "{}")),
    ...{ ...(name !== undefined && { name }), ...(method !== undefined && { method }) },
    ...(removeSecrets.length > 0 && { removeSecrets }),
  };
  if (Object.keys(changes).length === 0) throw wrongUsage("nothing is to change", "npx signalbox connectors update --help");
  // A configuration that is changed in part is what was read.
  const { connector } = await service.updateConnector({ connector: before?.id ?? reference, ...changes, etag: before?.etag ?? "" });
  if (context.options.json && connector) context.print(jsonText(ConnectorSchema, connector));
  else context.print(`connector ${connector?.name ?? reference} changed`);
}

/** What of a request the options say something of. */
async function settingsOf(context: Context, options: Settings, before: string) {
  const { resourceType, resource, lifetime, expires, description, label } = options;
  const [text, secrets] = [await configurationOf(options, before), await secretsOf(context, options)];
  return {
    ...(text !== undefined && { configuration: { text } }),
    ...(Object.keys(secrets).length > 0 && { secrets }),
    ...(resourceType && { resourceTypes: resourceType }),
    ...(resource !== undefined && { resource }),
    ...(lifetime !== undefined && { lifetimeSeconds: lifetime }),
    ...(expires !== undefined && { expireTime: timestampFromMs(context.now() + expires * 1000) }),
    ...(description !== undefined && { description }),
    ...(label && { labels: pairsOf("--label", label) }),
  };
}
