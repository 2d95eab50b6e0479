import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface Breakable {
  /** The same Redis, by way of a connection that can be broken. */
  readonly url: string;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** Takes connections and bytes, and answers nothing. */
  hang(): void;
  /** Works again. */
  mend(): void;
  close(): void;
}

/** A way to Redis that fails when it is told to. */
export async function breakable(target: string): Promise<Breakable> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let state: "works" | "cut" | "hangs" = "works";
  const server = createServer((near) => {
    if (state === "cut") return near.destroy();
    const far = connect(Number(port || 6379), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
    }
    near.on("data", (bytes) => void (state === "works" && far.write(bytes)));
    far.on("data", (bytes) => void (state === "works" && near.write(bytes)));
    return undefined;
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address() as { port: number };
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  // The same password and database, by another way.
  const url = new URL(target);
  url.host = `127.0.0.1:${address.port}`;
  return {
    url: url.href,
    cut() {
      state = "cut";
      drop();
    },
    hang() {
      state = "hangs";
    },
    mend() {
      if (state === "hangs") drop();
      state = "works";
    },
    close() {
      drop();
      server.close();
    },
  };
}
