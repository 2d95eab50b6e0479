import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Stage } from "../stage.ts";

/**
 * Stands before a PostgreSQL as a disk in a cloud would: what the server sends is held back for so long when it holds the end
 * of a commit, and of a statement that commits by itself. Resolves with the URL to use instead.
 */
export async function slowCommits(stage: Stage, url: string, delayMs: number): Promise<string> {
  const to = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk) => upstream.write(chunk));
    let free = 0;
    upstream.on("data", (chunk) => {
      const now = performance.now();
      free = Math.max(free, commits(chunk) ? now + delayMs : now);
      // In order: what follows a held answer waits behind it.
      if (free <= now) client.write(chunk);
      else setTimeout(() => client.write(chunk), free - now);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  stage.own(server, (each) => {
    for (const socket of sockets) socket.destroy();
    each.close();
  });
  to.hostname = "127.0.0.1";
  to.port = String((server.address() as AddressInfo).port);
  return to.href;
}

/** Whether an answer says that something was committed: "COMMIT", or a write while no transaction is open ("I" for idle). */
function commits(chunk: Buffer): boolean {
  if (chunk.includes("COMMIT\0")) return true;
  const idle = chunk.length >= 6 && chunk.at(-6) === 0x5a && chunk.at(-1) === 0x49;
  return idle && (chunk.includes("INSERT 0 ") || chunk.includes("UPDATE ") || chunk.includes("DELETE "));
}
