import { connect, type Socket } from "node:net";

/** Types of HTTP/2's frames. */
export const frameType = { data: 0, headers: 1, reset: 3, settings: 4, continuation: 9 } as const;

/** A frame as it goes over the wire, with whatever is wrong in it. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array, length = payload.length): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const preface = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(frameType.settings, 0, 0, new Uint8Array())]);

/** A connection of somebody who keeps to no rule. */
export interface Rough {
  readonly socket: Socket;
  /** Resolves when the other side closes it, with after how many milliseconds. */
  readonly closed: Promise<number>;
  readonly isOpen: () => boolean;
}

export function rough(port: number): Rough {
  const began = performance.now();
  const socket = connect(port, "127.0.0.1");
  // What is cut off is what is looked for.
  socket.on("error", () => {});
  socket.resume();
  const closed = new Promise<number>((resolve) => socket.once("close", () => resolve(performance.now() - began)));
  return { socket, closed, isOpen: () => !socket.destroyed };
}

/** Sends a chunk again and again until the other side closes. */
export function dribble({ socket }: Rough, chunk: string | Uint8Array, everyMs: number): void {
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(chunk)), everyMs);
  socket.once("close", () => clearInterval(timer));
}

/** Sends as fast as it is taken, until the other side closes. */
export function pour({ socket }: Rough, chunk: Uint8Array): void {
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}
