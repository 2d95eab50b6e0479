import type { Socket } from "node:net";

/** A client that costs as little as can be, so that a measurement tells of the server: it sends the same bytes each time, and reads of an answer where it ends. */
export interface Load {
  /** One call, over the worker's connection. Fails where it was not answered well. */
  call(worker: number): Promise<void>;
  close(): void;
}

/** Writes to a socket once in a turn of the event loop, whatever the calls of the turn bring. */
export function joined(socket: Socket): (bytes: Buffer) => void {
  let waiting: Buffer[] = [];
  const flush = () => {
    socket.write(waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting));
    waiting = [];
  };
  return (bytes) => {
    if (waiting.push(bytes) === 1) process.nextTick(flush);
  };
}
