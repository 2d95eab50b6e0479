import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { newUuid } from "./canonical.ts";
import type { Connection } from "./connection.ts";

type Method<S extends DescService, K extends keyof S["method"]> = S["method"][K] extends DescMethod ? S["method"][K] : never;
type Request<M extends DescMethod> = MessageInitShape<M["input"]>;
type Response<M extends DescMethod> = MessageShape<M["output"]>;

/** What a page of a list has many of. */
type ItemOf<Page> = { [K in keyof Page]-?: Page[K] extends readonly (infer Item)[] ? Item : never }[Exclude<
  keyof Page,
  "$typeName" | "$unknown"
>];

/**
 * The calls of a service with what they nearly always need: the project of the box where none is named, an id for what is created, so that a
 * repeat has one effect, and lists walked to their end.
 */
export type Calls<S extends DescService> = {
  readonly [K in keyof S["method"]]: Method<S, K>["methodKind"] extends "unary"
    ? Response<Method<S, K>> extends { readonly nextPageToken: string }
      ? (request?: Request<Method<S, K>>, options?: CallOptions) => AsyncGenerator<ItemOf<Response<Method<S, K>>>>
      : (request?: Request<Method<S, K>>, options?: CallOptions) => Promise<Response<Method<S, K>>>
    : Method<S, K>["methodKind"] extends "server_streaming"
      ? (request?: Request<Method<S, K>>, options?: CallOptions) => AsyncIterable<Response<Method<S, K>>>
      : (requests: AsyncIterable<Request<Method<S, K>>>, options?: CallOptions) => AsyncIterable<Response<Method<S, K>>>;
};

type Fields = Readonly<Record<string, unknown>>;
type Call = (request: Fields, options?: CallOptions) => unknown;

export function callsOf<S extends DescService>(connection: Connection, service: S, project: string | undefined): Calls<S> {
  const client = connection.client(service) as unknown as Readonly<Record<string, Call>>;
  const calls = service.methods.map((method) => [method.localName, callOf(client[method.localName] as Call, method, project)] as const);
  return Object.fromEntries(calls) as unknown as Calls<S>;
}

function callOf(call: Call, { name, parent, input, output, methodKind }: DescMethod, project: string | undefined): Call {
  if (methodKind !== "unary" && methodKind !== "server_streaming") return call;
  const has = (field: string) => input.fields.some((each) => each.name === field);
  // A project itself is always named.
  const given = project !== undefined && has("project") && parent.name !== "ProjectService" ? { project } : {};
  const filled = (request: Fields = {}) => ({ ...given, ...(name.startsWith("Create") && has("id") && { id: newUuid() }), ...request });
  const items = output.fields.find(({ fieldKind }) => fieldKind === "list")?.localName;
  if (!items || !output.fields.some((field) => field.name === "next_page_token"))
    return (request, options) => call(filled(request), options);
  return async function* (request, options) {
    for (let pageToken = ""; ; ) {
      const page = (await call({ ...filled(request), pageToken }, options)) as Fields;
      yield* page[items] as readonly unknown[];
      pageToken = String(page.nextPageToken);
      if (pageToken === "") return;
    }
  };
}
