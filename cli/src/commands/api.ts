import { type DescMessage, type DescMethod, fromJson, type JsonValue, type Message } from "@bufbuild/protobuf";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { type Context, jsonLine, jsonText } from "../context.ts";
import { findMethod, isNamed, methodsNamed, shortName } from "../contract/find-method.ts";
import { fieldLines } from "../contract/request-fields.ts";
import { isPublic, registry } from "../contract/services.ts";
import { summaryOf } from "../contract/summaries.ts";
import { wrongUsage } from "../failure.ts";
import { tableWriter } from "../output/table.ts";
import { wholeInput } from "../prompt.ts";
import { examples } from "./list-options.ts";

interface ApiOptions {
  readonly list?: boolean;
}

export function addApi(program: Command, act: Act): void {
  program
    .command("api [method] [request]")
    .description("call any method of the contract; the request is JSON, or - for standard input")
    .option("--list", "list the methods whose name contains the argument; of one method, its request")
    .addHelpText(
      "after",
      examples(
        `api runs.v1.RunService/GetRun '{"project": "demo", "run": "brisk-otter"}'`,
        "api RunService/WatchRuns",
        "api --list runs",
        "api --list RunService/GetRun",
      ),
    )
    .action(
      act<ApiOptions>(async (context, { list = false }, method, request) => {
        if (list) listMethods(context, method ?? "");
        else if (method === undefined) throw wrongUsage("which method?", "npx signalbox api --list");
        else await callMethod(context, findMethod(method), request ?? "{}");
      }),
    );
}

function listMethods({ print, paint, options }: Context, filter: string): void {
  const found = methodsNamed(filter);
  if (options.json) {
    print(
      JSON.stringify(
        found.map((method) => ({ method: shortName(method), kind: method.methodKind, summary: summaryOf(method) })),
        null,
        2,
      ),
    );
    return;
  }
  if (found.length === 0) throw wrongUsage(`the contract has no method with "${filter}" in its name`, "npx signalbox api --list");
  const columns = [
    { heading: "METHOD", cell: shortName },
    { heading: "KIND", cell: ({ methodKind }: DescMethod) => methodKind.replace("_", " ") },
    { heading: "", cell: summaryOf },
  ];
  print(...tableWriter<DescMethod>(columns, paint).rows(found));
  const exact = found.find((method) => isNamed(method, filter));
  const only = exact ?? (found.length === 1 ? found[0] : undefined);
  if (only) print("", `${shortName(only)} takes`, ...fieldLines(only.input));
}

async function callMethod(context: Context, method: DescMethod, text: string): Promise<void> {
  const input = text === "-" ? await wholeInput(context.terminal.stdin) : text;
  const requests = readRequests(method, input.trim() || "{}");
  const connection =
    isPublic(method) && !context.session.credential ? context.open(context.session, { anonymous: true }) : context.connect();
  // The client of a service has a method of this name for each of its methods, whose shape its kind tells.
  const client = connection.client(method.parent) as unknown as Readonly<Record<string, (request: unknown, options?: object) => unknown>>;
  const call = client[method.localName];
  if (!call) throw wrongUsage(`"${method.name}" cannot be called`);
  const streams = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  const request = streams ? each(requests) : requests[0];
  if (method.methodKind === "unary" || method.methodKind === "client_streaming") {
    context.print(jsonText(method.output, (await call(request)) as Message));
    return;
  }
  for await (const part of call(request, { timeoutMs: 0 }) as AsyncIterable<Message>) context.print(jsonLine(method.output, part));
}

async function* each(requests: readonly Message[]): AsyncGenerator<Message> {
  yield* requests;
}

/** The request, or for a stream of requests one from each line. Fails as wrong usage, naming what is wrong. */
function readRequests(method: DescMethod, text: string): readonly Message[] {
  const streams = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  if (!streams) return [readRequest(method, text)];
  return text.split("\n").flatMap((line) => (line.trim() ? [readRequest(method, line)] : []));
}

function readRequest(method: DescMethod, text: string): Message {
  const hint = `npx signalbox api --list ${shortName(method)}`;
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw wrongUsage(`the request is not JSON: ${(error as Error).message}`, hint);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw wrongUsage("the request is no JSON object", hint);
  try {
    return fromJson<DescMessage>(method.input, json, { registry });
  } catch (error) {
    const what = (error as Error).message.replace(/^cannot decode (message|field) /, "").replace(/ from JSON/, "");
    throw wrongUsage(`the request is no ${method.input.name}: ${what}`, hint);
  }
}
