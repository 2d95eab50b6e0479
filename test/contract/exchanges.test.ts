import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type DescMethod, fromJson, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { edge } from "@signalbox/edge";
import type { Listening } from "@signalbox/edge/listener.ts";
import { directUpstream } from "@signalbox/edge/upstream.ts";
import { accessOf, isRead, nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { contract, everyService, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { admission } from "@signalbox/runtime/host/admission.ts";
import { openLog } from "@signalbox/runtime/host/log.ts";
import { serves } from "@signalbox/runtime/host/part.ts";
import { createPeers } from "@signalbox/runtime/peers/create-peers.ts";
import { open } from "@signalbox/runtime/rpc/layered.ts";
import { readiness } from "@signalbox/runtime/wire/health.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wholeMessage } from "./whole-message.ts";

/** A request and its answer as ProtoJSON, as they were when they were recorded: what old clients send and expect. */
interface Exchange {
  readonly request: JsonValue;
  readonly response: JsonValue;
}

const folder = new URL("exchanges/", import.meta.url);
const fileOf = (method: DescMethod) => new URL(`${nameOf(method).replace("/", ".")}.json`, folder);
const methods = everyService.flatMap((service) => service.methods);
const recorded = new Map<DescMethod, Exchange>();

function read(method: DescMethod): Exchange {
  const file = fileOf(method);
  if (!existsSync(file) && process.env.UPDATE_EXCHANGES === "1") {
    mkdirSync(folder, { recursive: true });
    const exchange = {
      request: toJson(method.input, wholeMessage(method.input)),
      response: toJson(method.output, wholeMessage(method.output)),
    };
    writeFileSync(file, `${JSON.stringify(exchange, undefined, 2)}\n`);
  }
  return JSON.parse(readFileSync(file, "utf8")) as Exchange;
}

const heard = new Map<string, JsonValue>();
let door: Listening;

beforeAll(async () => {
  for (const method of methods) recorded.set(method, read(method));
  const answers = new Map(
    serviceNames.map((name) => [
      name,
      open(
        contract[name].map((service) => serves(service, handlersOf(service.methods) as never)),
        [],
      ),
    ]),
  );
  const log = openLog({ service: "edge", level: "silent" });
  door = await edge({
    listen: { host: "127.0.0.1", port: 0 },
    manners: { hosts: [], origins: [], secure: false },
    trustedProxies: 0,
    maxBodyBytes: 1 << 20,
    perPrincipal: { perSecond: 1e6, burst: 1e6 },
    perAddress: { perSecond: 1e6, burst: 1e6 },
    upstreams: new Map(serviceNames.map((name) => [name, directUpstream(() => answers.get(name) ?? new Map())])),
    peers: createPeers(() => {
      throw new Error("nobody is asked");
    }),
    ready: readiness(async () => {}),
    version: "0",
    log,
    admission: admission({ calls: 1_000, streams: 1_000, log }),
  });
});
afterAll(() => door.close(100));

/** Handlers that note what they heard and answer what was recorded. */
function handlersOf(some: readonly DescMethod[]) {
  const note = (method: DescMethod, request: Message): Message => {
    heard.set(nameOf(method), toJson(method.input, request));
    return fromJson(method.output, recorded.get(method)?.response ?? {});
  };
  return Object.fromEntries(
    some.map((method) => {
      if (method.methodKind === "unary") return [method.localName, async (request: Message) => note(method, request)];
      if (method.methodKind === "server_streaming")
        return [
          method.localName,
          async function* (request: Message) {
            yield note(method, request);
          },
        ];
      return [
        method.localName,
        async function* (requests: AsyncIterable<Message>) {
          for await (const request of requests) yield note(method, request);
        },
      ];
    }),
  );
}

const wires: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "Connect, JSON": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false }),
  "Connect, binary": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  "Connect, GET": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};
const outside = methods.filter((method) => accessOf(method).rule.case !== "internal");

describe.each(Object.keys(wires))("over %s", (wire) => {
  const possible = outside.filter((method) =>
    wire === "Connect, GET"
      ? isRead(method) && method.methodKind === "unary"
      : wire !== "gRPC-Web" || method.methodKind !== "bidi_streaming",
  );

  test.each(possible.map((method) => [nameOf(method), method] as const))(
    "%s means what it meant when it was recorded",
    async (name, method) => {
      const exchange = recorded.get(method) as Exchange;
      const client = createClient(method.parent, (wires[wire] as (url: string) => Transport)(door.url)) as Record<
        string,
        (input: unknown) => unknown
      >;
      const request = fromJson(method.input, exchange.request);
      const call = client[method.localName] as (input: unknown) => unknown;
      let response: Message | undefined;
      if (method.methodKind === "unary") response = (await call(request)) as Message;
      else {
        const input =
          method.methodKind === "server_streaming"
            ? request
            : (async function* () {
                yield request;
              })();
        for await (const each of call(input) as AsyncIterable<Message>) response = each;
      }
      expect(heard.get(name)).toEqual(exchange.request);
      expect(response && toJson(method.output, response)).toEqual(exchange.response);
    },
  );
});

test("every field of the contract appears in an exchange", () => {
  for (const method of methods) {
    const { request, response } = recorded.get(method) as Exchange;
    expect(
      toJson(method.input, wholeMessage(method.input)),
      `${nameOf(method)}: record anew with UPDATE_EXCHANGES=1 after removing the file`,
    ).toEqual(request);
    expect(toJson(method.output, wholeMessage(method.output))).toEqual(response);
  }
});
