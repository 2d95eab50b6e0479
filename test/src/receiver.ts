import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that takes whatever is posted to it, and answers all the same. */
export interface Receiver {
  readonly url: string;
  /** All bodies and credentials so far, one after another. */
  received(): Buffer;
  close(): Promise<void>;
}

/** Stands in for whatever Signalbox sends something to: `answer` says what is sent back, given the body. */
export async function startReceiver(
  answer: (body: Buffer, authorization: string) => { readonly status: number; readonly body: string } = () => ({ status: 200, body: "{}" }),
): Promise<Receiver> {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const whole = Buffer.concat(chunks);
    const { authorization = "" } = request.headers;
    bodies.push(whole, Buffer.from(authorization));
    const { status, body } = answer(whole, authorization);
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => Buffer.concat(bodies),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
