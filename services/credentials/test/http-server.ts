import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How the next requests are met instead of being answered. */
export type Trouble =
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "hang" | "drop" | "flood" }
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface TestServer {
  /** "http://127.0.0.1:port" */
  readonly url: string;
  readonly received: Received[];
  trouble: Trouble | undefined;
  close(): Promise<void>;
}

/** A server on loopback that answers forms, or gets into trouble when it is told to. */
export async function testServer(answer: (received: Received, response: ServerResponse) => void): Promise<TestServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString() };
    it.received.push(received);
    const { trouble } = it;
    if (trouble?.kind === "drop") return response.destroy();
    if (trouble?.kind === "hang") return;
    if (trouble?.kind === "flood") return response.end("x".repeat(1 << 20));
    if (trouble?.kind === "status") return response.writeHead(trouble.status, trouble.headers).end(trouble.body ?? "");
    if (trouble?.kind === "delay") await sleep(trouble.ms);
    answer(received, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  const it: TestServer = {
    url: `http://127.0.0.1:${port}`,
    received: [],
    trouble: undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return it;
}
