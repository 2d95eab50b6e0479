import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { misuse } from "./errors.ts";
import { exchangeByFetch } from "./wire/fetched.ts";
import { openHttp1 } from "./wire/http1.ts";
import { openHttp2 } from "./wire/http2.ts";
import { createTransport } from "./wire/transport.ts";

/**
 * An API key, run token or access token; or what gets one. It is asked before
 * each call, so it keeps what is still good; `expired` is the token that the
 * server just called expired.
 */
export type Credential = string | ((expired?: string) => Promise<string>);

export interface ConnectionOptions {
  /** Where the server is: "https://box.example.org" or "http://localhost:8750". */
  readonly url: string;
  /** Absent for calls that anyone may make. */
  readonly credential?: Credential | undefined;
  /** The workspace, by id or name, where the caller may enter several. */
  readonly workspace?: string | undefined;
  /** How long a unary call may take in all, with its repeats; 30 seconds where absent, 0 for ever. */
  readonly timeoutMs?: number | undefined;
  /** How long after its begin a call is still repeated; as long as its time-out where absent, 0 for never. */
  readonly retryMs?: number | undefined;
  /** Carries unary calls and server streams instead of node:http. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** A server and who one is there. */
export interface Connection {
  readonly url: string;
  readonly transport: Transport;
  /** Calls of one service. They fail with SignalboxError. The same client is given each time. */
  client<S extends DescService>(service: S): Client<S>;
  /** The same server and sockets, as somebody else. */
  as(credential: Credential): Connection;
  /** Closes the sockets; for those made by `as`, too. */
  close(): void;
}

const defaultTimeoutMs = 30_000;

/** What a header of HTTP carries as it is. */
const fitsHeader = (text: string): boolean => /^[\x20-\x7e\x80-\xff]*$/.test(text);

/** Nothing is sent before the first call. Fails with MISUSE where the URL is none of http or https, or the workspace has a name that cannot be sent. */
export function openConnection(options: ConnectionOptions): Connection {
  const { workspace, timeoutMs = defaultTimeoutMs, retryMs = Number.POSITIVE_INFINITY, fetch } = options;
  const url = readUrl(options.url);
  if (workspace && !fitsHeader(workspace))
    throw misuse(`a header cannot carry the name of workspace ${JSON.stringify(workspace)}: give its id`);
  const http1 = fetch ? { exchange: exchangeByFetch(url, fetch), close: () => undefined } : openHttp1(url);
  const http2 = openHttp2(url);

  function asCaller(credential: Credential | undefined): Connection {
    const headers = async (expired?: string) => {
      const token = typeof credential === "function" ? await credential(expired) : credential;
      if (token && !fitsHeader(token)) throw misuse("the key or token holds a line break or another character that none has");
      return { ...(token && { Authorization: `Bearer ${token}` }), ...(workspace && { "Signalbox-Workspace": workspace }) };
    };
    const transport = createTransport({ exchange: http1.exchange, dial: http2.dial, headers, timeoutMs, retryMs });
    const clients = new Map<string, unknown>();
    return {
      url: url.href.replace(/\/$/, ""),
      transport,
      client<S extends DescService>(service: S): Client<S> {
        const known = clients.get(service.typeName) as Client<S> | undefined;
        if (known) return known;
        const client = createClient(service, transport);
        clients.set(service.typeName, client);
        return client;
      },
      as: asCaller,
      close() {
        http1.close();
        http2.close();
      },
    };
  }
  return asCaller(options.credential);
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw misuse(`"${text}" is not the URL of a server, such as http://localhost:8750`);
  }
  return url;
}
