import { randomUUID } from "node:crypto";
import type { DescMessage, DescMethod, JsonValue, Message } from "@bufbuild/protobuf";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { isUuid, needed } from "../arguments.ts";
import { examples, withListOptions } from "../commands/list-options.ts";
import { type Context, jsonText } from "../context.ts";
import { methods } from "../contract/services.ts";
import { ExitCode } from "../exit-code.ts";
import { CommandError, toFailure, wrongUsage } from "../failure.ts";
import { type ListOptions, printList } from "../pages.ts";
import { projectOf } from "../project.ts";
import { wholeInput } from "../prompt.ts";
import { columnsOf } from "./columns.ts";
import { dashed, helpOf, keyOf, optionsOf, requestOf } from "./fields.ts";
import { nouns, verbs } from "./verbs.ts";

/** Adds the commands that are made of methods. */
export function addDerived(program: Command, act: Act): void {
  const byName = new Map(methods.map((method) => [`${method.parent.name}/${method.name}`, method]));
  for (const [words, name] of verbs) {
    const method = byName.get(name);
    if (!method) throw new Error(`the contract has no method ${name}`);
    const [noun = "", verb = "", ...args] = words.split(" ");
    const parent = program.commands.find((each) => each.name() === noun) ?? program.command(noun).description(nouns[noun] ?? "");
    // What has a command of its own needs none.
    if (parent.commands.some((each) => each.name() === verb)) continue;
    addVerb(parent.command([verb, ...args].join(" ")), method, args, act);
  }
}

type Values = Record<string, JsonValue>;

function addVerb(command: Command, method: DescMethod, args: readonly string[], act: Act): void {
  const names = args.map((arg) => arg.slice(1, -1).replaceAll("-", "_"));
  const about = new Set(names);
  for (const option of optionsOf(method, about)) command.addOption(option);
  const isList = method.input.fields.some(({ name }) => name === "page_token");
  const asks = (name: string) => method.input.fields.some((field) => field.name === name);
  if (isList && asks("filter")) withListOptions(command);
  else if (isList) command.option("--limit <count>", "how many at most", Number);
  command
    .configureHelp({ ...command.configureHelp(), ...helpOf(method) })
    .description(described(method))
    .addHelpText("after", examples(exampleOf(command, args, method)));
  command.action(
    act<Record<string, JsonValue>>(async (context, options, ...given) => {
      try {
        const values = await valuesOf(context, method, names, given, options);
        if (isList) await showList(context, method, values, about, options);
        else await show(context, method, requestOf(method, values, about), given[0] ?? "");
      } catch (error) {
        throw withHelp(error, `npx signalbox ${command.parent?.name() ?? ""} ${command.name()} --help`);
      }
    }),
  );
}

/** What was asked wrongly is told with where its options are listed, unless something better is. */
function withHelp(error: unknown, help: string): unknown {
  const failure = toFailure(error);
  return failure.exitCode === ExitCode.USAGE && failure.hints.length === 0 ? new CommandError({ ...failure, hints: [help] }) : error;
}

const words = (name: string): string[] => name.split(/(?=[A-Z])/).map((word) => word.toLowerCase());

/** "update a run template" for UpdateRunTemplate. */
function described({ name, parent }: DescMethod): string {
  const [verb = "", ...object] = words(name);
  const of = object.length > 0 ? object : words(parent.name).slice(0, -1);
  const said = { get: "show", batch: "change" }[verb] ?? verb;
  return `${said} ${verb === "list" ? of.join(" ") : `${/^[aeio]/.test(of[0] ?? "") ? "an" : "a"} ${of.join(" ")}`}`;
}

function exampleOf(command: Command, args: readonly string[], { input }: DescMethod): string {
  const written = args.map((arg) => (arg === "<name>" || arg === "<user-name>" ? "nightly" : arg));
  const text = input.fields.find(({ name }) => name === "description") ? ["--description", "'...'"] : [];
  return [command.parent?.name() ?? "", command.name(), ...written, ...text].join(" ");
}

/** What a request is made of: arguments, options, the project, and for what is created an id. */
async function valuesOf(
  context: Context,
  { name, input }: DescMethod,
  names: readonly string[],
  given: readonly (string | undefined)[],
  options: Readonly<Record<string, JsonValue>>,
): Promise<Values> {
  const values: Values = {};
  const has = (field: string) => input.fields.find((each) => each.name === field);
  for (const [at, field] of names.entries()) {
    const text = needed(given[at], dashed(field));
    values[field] = has(field)?.fieldKind === "list" ? text.split(",") : text;
  }
  const standardInput = inputOf(context);
  for (const field of input.fields) {
    const value = options[keyOf(field)];
    if (value !== undefined && !names.includes(field.name)) values[field.name] = await filled(value, standardInput);
  }
  if (has("id") && /^(Create|Record)/.test(name)) values.id = randomUUID();
  const named = names[0] === undefined || names[0] === "project" ? "" : String(given[0]);
  if (has("project") && names[0] !== "project") values.project = isUuid(named) ? "" : await projectOf(context, named);
  return values;
}

/** "-" stands for what comes by standard input, so that what is secret is in no history of commands. */
async function filled(value: JsonValue, input: () => Promise<string>): Promise<JsonValue> {
  if (value === "-") return input();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries: [string, JsonValue][] = [];
  for (const [key, each] of Object.entries(value)) entries.push([key, each === "-" ? await input() : (each as JsonValue)]);
  return Object.fromEntries(entries);
}

/** Reads standard input once: a second value would be empty, and nobody meant that. */
function inputOf({ terminal }: Context): () => Promise<string> {
  let isRead = false;
  return async () => {
    if (isRead) throw wrongUsage('standard input is one value, so one "-" can stand for it');
    isRead = true;
    return (await wholeInput(terminal.stdin)).replace(/\r?\n$/, "");
  };
}

type Call = (request: unknown) => Promise<Message>;

function callOf(context: Context, method: DescMethod): Call {
  const client = context.connect().client(method.parent) as unknown as Readonly<Record<string, Call>>;
  return client[method.localName] as Call;
}

async function show(context: Context, method: DescMethod, request: Message, named: string): Promise<void> {
  const answer = await callOf(context, method)(request);
  const [verb = "", ...object] = words(method.name);
  if (context.options.json || answerTells(method, verb)) context.print(jsonOf(method, answer));
  else context.print(`${object.join(" ") || words(method.parent.name)[0]} ${named} ${done[verb] ?? "done"}`);
}

const done: Readonly<Record<string, string>> = {
  ...{ create: "created", update: "updated", delete: "deleted", tag: "tagged", add: "added", remove: "removed" },
  ...{ deactivate: "deactivated", activate: "activated", reset: "reset" },
};

/** Whether the answer is what was asked for, and not only that it is done. */
const answerTells = ({ output }: DescMethod, verb: string): boolean => output.fields.length > 0 && !(verb in done);

/** The resource in an answer, or all of it where it is not one alone. */
function jsonOf({ output }: DescMethod, answer: Message): string {
  const [only, ...others] = output.fields;
  const value = only && others.length === 0 && only.fieldKind === "message" ? valueIn(answer, only.localName) : undefined;
  return value && only?.message ? jsonText(only.message as DescMessage, value as Message) : jsonText(output, answer);
}

const valueIn = (message: Message, field: string): unknown => (message as unknown as Record<string, unknown>)[field];

async function showList(
  context: Context,
  method: DescMethod,
  values: Values,
  about: ReadonlySet<string>,
  { filter, order, limit }: ListOptions,
): Promise<void> {
  const items = method.output.fields.find(({ fieldKind }) => fieldKind === "list");
  if (!items?.message) throw new Error(`${method.name} lists nothing`);
  await printList<DescMessage>(
    context,
    { ...(limit !== undefined && { limit }) },
    {
      schema: items.message,
      columns: columnsOf(items.message, context.now()) as never,
      nothing: `no ${words(method.name).slice(1).join(" ")}`,
      fetch: async ({ pageSize, pageToken }) => {
        const asked = {
          ...values,
          ...(filter && { filter }),
          ...(order && { order_by: order }),
          page_size: pageSize,
          page_token: pageToken,
        };
        const answer = await callOf(context, method)(requestOf(method, asked, about));
        return { items: valueIn(answer, items.localName) as Message[], nextPageToken: String(valueIn(answer, "nextPageToken") ?? "") };
      },
    },
  );
}
