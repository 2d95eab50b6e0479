import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly body: Buffer;
  /** Empty for none. */
  readonly authorization: string;
}

/** A server that takes whatever is posted to it, and answers all the same. */
export interface Receiver {
  readonly url: string;
  /** Everything so far, oldest first. */
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** Stands in for whatever Signalbox sends something to: `answer` says what is sent back, given what came. */
export async function startReceiver(
  answer: (received: Received) => { readonly status: number; readonly body: string } = () => ({ status: 200, body: "{}" }),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization = "" } = request.headers;
    const one = { body: Buffer.concat(chunks), authorization };
    received.push(one);
    const { status, body } = answer(one);
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** All that came, bodies and credentials, one after another. */
export const bytesOf = ({ received }: Pick<Receiver, "received">): Buffer =>
  Buffer.concat(received.flatMap(({ body, authorization }) => [body, Buffer.from(authorization)]));
