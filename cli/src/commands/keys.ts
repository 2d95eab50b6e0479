import { randomUUID } from "node:crypto";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  ApiKeyService,
  CreateApiKeyResponseSchema,
  RevokeApiKeyResponseSchema,
  RotateApiKeyResponseSchema,
} from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { type ApiKey, ApiKeySchema, KeyState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { type Command, Option } from "commander";
import type { Act } from "../act.ts";
import { isUuid, needed, parseSpan } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { ExitCode } from "../exit-code.ts";
import { CommandError, wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { ago, dayOf, millisOf } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { examples, withListOptions } from "./list-options.ts";

interface PrincipalOption {
  readonly principal?: string;
}

const columns = (now: number): readonly Column<ApiKey>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "KEY", cell: ({ hint }) => `${hint}…` },
  { heading: "STATE", cell: (key) => stateCell(key, now) },
  { heading: "EXPIRES", cell: ({ expireTime }) => dayOf(expireTime) },
  { heading: "LAST USED", cell: ({ lastUsedTime }) => (lastUsedTime ? ago(lastUsedTime, now) : "never") },
  { heading: "ID", cell: ({ id }) => id },
];

function stateCell({ state, expireTime }: ApiKey, now: number) {
  if (state === KeyState.REVOKED) return { text: "revoked", tone: "bad" } as const;
  if (state === KeyState.INACTIVE) return { text: "inactive", tone: "bad" } as const;
  return (millisOf(expireTime) ?? now) < now ? ({ text: "expired", tone: "bad" } as const) : "active";
}

/** `keys create`, `list`, `update`, `rotate` and `revoke`. */
export function addKeys(program: Command, act: Act): void {
  const keys = program.command("keys").description("API keys and personal access tokens");
  const principal = ["--principal <id>", "whose key, by the UUID of a service account; yours where absent"] as const;
  keys
    .command("create <name>")
    .description("make a key; it is shown once, alone on standard output")
    .option(...principal)
    .option("--expires <span>", 'when it stops working, such as "90d"', parseSpan)
    .option("--description <text>", "what it is used for")
    .addHelpText("after", examples("keys create ci --expires 90d > key", "keys create laptop --expires 30d --json"))
    .action(act<PrincipalOption & { expires?: number; description?: string }>(createKey));
  withListOptions(keys.command("list").description("list keys, never the keys themselves"))
    .option(...principal)
    .action(act<PrincipalOption & ListOptions>(listKeys));
  keys
    .command("update <key>")
    .description(
      "change what is known of a key, and whether it works; made active again, it works a minute after it was made inactive at the earliest",
    )
    .option(...principal)
    .option("--name <name>", "what it is called from now on")
    .option("--description <text>", "what it is used for")
    .addOption(new Option("--active <yes|no>", "whether it works").choices(["yes", "no"]))
    .addHelpText("after", examples("keys update ci --active no"))
    .action(act<PrincipalOption & Changing>(updateKey));
  keys
    .command("rotate <key>")
    .description("replace a key by a new one, by name or id")
    .option(...principal)
    .option("--overlap <span>", 'how long the old key works too, such as "1h"; not at all where absent', parseSpan)
    .addHelpText("after", examples("keys rotate ci --overlap 1h > key"))
    .action(act<PrincipalOption & { overlap?: number }>(rotateKey));
  keys
    .command("revoke <key>")
    .description("end a key for good, by name or id")
    .option(...principal)
    .action(act<PrincipalOption>(revokeKey));
}

type CreateOptions = PrincipalOption & { readonly expires?: number; readonly description?: string };

async function createKey(context: Context, { principal = "", expires, description = "" }: CreateOptions, name?: string): Promise<void> {
  const { client } = context.connect();
  const answer = await client(ApiKeyService).createApiKey({
    id: randomUUID(),
    principal,
    name: needed(name, "the name"),
    description,
    ...(expires !== undefined && { expireTime: timestampFromMs(context.now() + expires * 1000) }),
  });
  if (context.options.json) context.print(jsonText(CreateApiKeyResponseSchema, answer));
  else {
    context.print(answer.key);
    context.note(`key ${answer.apiKey?.name} is shown this once; it expires: ${dayOf(answer.apiKey?.expireTime)}`);
  }
}

async function listKeys(context: Context, options: PrincipalOption & ListOptions): Promise<void> {
  const { client } = context.connect();
  const { principal = "", filter = "", order = "" } = options;
  await printList(context, options, {
    schema: ApiKeySchema,
    columns: columns(context.now()),
    nothing: "no keys",
    fetch: async (page) => {
      const answer = await client(ApiKeyService).listApiKeys({ principal, filter, orderBy: order, ...page });
      return { items: answer.apiKeys, nextPageToken: answer.nextPageToken };
    },
  });
}

async function rotateKey(
  context: Context,
  { principal = "", overlap = 0 }: PrincipalOption & { overlap?: number },
  reference?: string,
): Promise<void> {
  const { client } = context.connect();
  const answer = await client(ApiKeyService).rotateApiKey({
    apiKey: await keyId(context, needed(reference, "the key"), principal),
    rotation: randomUUID(),
    overlap: { seconds: BigInt(overlap) },
  });
  if (context.options.json) context.print(jsonText(RotateApiKeyResponseSchema, answer));
  else {
    context.print(answer.key);
    const until = answer.apiKey?.previousExpireTime;
    const old = until ? `works until ${new Date(millisOf(until) ?? 0).toISOString()}` : "works no more";
    context.note(`key ${answer.apiKey?.name} is shown this once; the old one ${old}`);
  }
}

interface Changing {
  readonly name?: string;
  readonly description?: string;
  readonly active?: "yes" | "no";
}

async function updateKey(context: Context, options: PrincipalOption & Changing, reference?: string): Promise<void> {
  const { principal = "", name, description, active } = options;
  const changes = {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(active !== undefined && { active: active === "yes" }),
  };
  const paths = Object.keys(changes);
  if (paths.length === 0) throw wrongUsage("nothing is to change", "npx signalbox keys update --help");
  const apiKey = await keyId(context, needed(reference, "the key"), principal);
  const { apiKey: after } = await context
    .connect()
    .client(ApiKeyService)
    .updateApiKey({ apiKey, ...changes, updateMask: { paths } });
  if (context.options.json && after) context.print(jsonText(ApiKeySchema, after));
  else context.print(`key ${after?.name} is ${after?.state === KeyState.INACTIVE ? "inactive" : "changed"}`);
}

async function revokeKey(context: Context, { principal = "" }: PrincipalOption, reference?: string): Promise<void> {
  const { client } = context.connect();
  const answer = await client(ApiKeyService).revokeApiKey({ apiKey: await keyId(context, needed(reference, "the key"), principal) });
  if (context.options.json) context.print(jsonText(RevokeApiKeyResponseSchema, answer));
  else context.print(`key ${answer.apiKey?.name} is revoked`);
}

/** The id of a key that was given by id or by its name among the keys of its principal. */
async function keyId(context: Context, reference: string, principal: string): Promise<string> {
  if (isUuid(reference)) return reference;
  const filter = `name = ${JSON.stringify(reference)}`;
  const { apiKeys } = await context.connect().client(ApiKeyService).listApiKeys({ principal, filter, pageSize: 2 });
  const [found] = apiKeys;
  if (found) return found.id;
  const message = `there is no key "${reference}", or you may not see it`;
  throw new CommandError({ exitCode: ExitCode.NOT_FOUND, reason: "NOT_FOUND", message, hints: ["npx signalbox keys list"] });
}
