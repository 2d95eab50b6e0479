import type { HandlerContext } from "@connectrpc/connect";
import { Metadata } from "@grpc/grpc-js";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { HeaderList } from "./contract.ts";

/**
 * What the conformance service says and hears beside its messages. Our
 * handlers have no use for that, so here it is got from under the wires, and
 * found again by the name that every test case sends.
 */
export interface Exchange {
  readonly requestHeaders: readonly HeaderList[];
  readonly timeoutMs: number | undefined;
  setHeader(name: string, value: string): void;
  setTrailer(name: string, value: string): void;
}

const nameHeader = "x-test-case-name";
const exchanges = new Map<string, Exchange>();

export function exchangeOf(call: Call): Exchange {
  const found = exchanges.get(call.header(nameHeader) ?? "");
  if (!found) throw new Error("the call names no test case");
  return found;
}

/** Through Connect's adapter. */
export function keepContext({ requestHeader, responseHeader, responseTrailer, timeoutMs }: HandlerContext): void {
  exchanges.set(requestHeader.get(nameHeader) ?? "", {
    requestHeaders: [...requestHeader].map(([name, value]) => ({ name, value: [value] })),
    timeoutMs: timeoutMs(),
    setHeader: (name, value) => responseHeader.append(name, value),
    setTrailer: (name, value) => responseTrailer.append(name, value),
  });
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Through our fast paths. */
export function keepRequest(
  headers: Headers,
  append: (name: string, value: string) => void,
  setTrailer: (name: string, value: string) => void,
): void {
  const timeout = Number(headers["connect-timeout-ms"]);
  exchanges.set(String(headers[nameHeader]), {
    requestHeaders: Object.entries(headers).map(([name, value]) => ({ name, value: [value ?? ""].flat() })),
    timeoutMs: Number.isFinite(timeout) ? timeout : undefined,
    setHeader: append,
    setTrailer,
  });
}

/** The part of grpc-js's calls that holds metadata. */
interface Incoming {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  sendMetadata(metadata: Metadata): void;
  write?(...given: unknown[]): unknown;
  end?(trailers?: Metadata): unknown;
  emit(event: string, ...given: unknown[]): boolean;
}

type Done = (error: { metadata?: Metadata } | null, value?: unknown, trailers?: Metadata) => void;

/** Through grpc-js. Answers with the callback that the handler is to be given instead of the one that it has. */
export function keepIncoming(incoming: Incoming, done: Done | undefined): Done | undefined {
  const [headers, trailers] = [new Metadata(), new Metadata()];
  const add = (to: Metadata) => (name: string, value: string) => to.add(name, name.endsWith("-bin") ? Buffer.from(value, "base64") : value);
  const text = (value: string | Buffer) => (typeof value === "string" ? value : value.toString("base64").replace(/=+$/, ""));
  const due = Number(incoming.getDeadline());
  exchanges.set(String(incoming.metadata.get(nameHeader)[0]), {
    requestHeaders: Object.keys(incoming.metadata.getMap()).map((name) => ({ name, value: incoming.metadata.get(name).map(text) })),
    timeoutMs: Number.isFinite(due) ? Math.max(0, due - Date.now()) : undefined,
    setHeader: add(headers),
    setTrailer: add(trailers),
  });
  // grpc-js says "OK" where all is well; grpc-message is for failures.
  const { end, emit, write } = incoming;
  const toHttp2Headers = trailers.toHttp2Headers.bind(trailers);
  const ended: Metadata = Object.assign(trailers, {
    toHttp2Headers: () => ({ ...toHttp2Headers(), "grpc-message": "" }),
    clone: () => ended,
  });
  const begin = () => incoming.sendMetadata(headers);
  const failed = (error: { metadata?: Metadata }) => {
    error.metadata ??= new Metadata();
    error.metadata.merge(trailers);
    return error;
  };
  Object.assign(incoming, {
    write: (...given: unknown[]) => {
      begin();
      return write?.apply(incoming, given);
    },
    end: () => {
      begin();
      return end?.call(incoming, ended);
    },
    emit: (event: string, ...given: unknown[]) => {
      if (event !== "error") return emit.call(incoming, event, ...given);
      begin();
      return emit.call(incoming, event, failed(given[0] as { metadata?: Metadata }));
    },
  });
  return (
    done &&
    ((error, value) => {
      begin();
      if (error) done(failed(error));
      else done(null, value, ended);
    })
  );
}
