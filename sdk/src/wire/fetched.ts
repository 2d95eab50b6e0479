import { cancelled, deadlineExceeded, type SignalboxError } from "../errors.ts";
import { type Exchange, socketFailure } from "./exchange.ts";

/** Exchanges through a `fetch` of the caller, for tests, proxies and places without node:http. */
export function exchangeByFetch(url: URL, fetch: typeof globalThis.fetch): Exchange {
  const prefix = url.href.replace(/\/$/, "");
  return async ({ path, headers, body, signal, timeoutMs }) => {
    const timeout = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
    const signals = [signal, timeout].filter((one) => one !== undefined);
    const explain = (cause: unknown): SignalboxError => {
      if (timeout?.aborted) return deadlineExceeded(timeoutMs);
      if (signal?.aborted) return cancelled(signal);
      return socketFailure(url.origin, cause);
    };
    try {
      const init = { method: "POST", headers, body: body as Uint8Array<ArrayBuffer>, redirect: "error" } as const;
      const response = await fetch(prefix + path, signals.length > 0 ? { ...init, signal: AbortSignal.any(signals) } : init);
      return {
        status: response.status,
        header: response.headers,
        bytes: () => readWhole(response, explain),
        chunks: () => readChunks(response, explain),
      };
    } catch (cause) {
      throw explain(cause);
    }
  };
}

async function* readChunks(response: Response, explain: (cause: unknown) => SignalboxError): AsyncGenerator<Uint8Array> {
  try {
    if (response.body) yield* response.body;
  } catch (cause) {
    throw explain(cause);
  }
}

async function readWhole(response: Response, explain: (cause: unknown) => SignalboxError): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw explain(cause);
  }
}
