import { once } from "node:events";
import { connect } from "node:net";
import { framed } from "./frames.ts";
import { joined, type Load } from "./load.ts";

export interface GrpcCall {
  /** "127.0.0.1:4317". */
  readonly address: string;
  /** "/signalbox.runs.v1.RunService/GetRun". */
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The request as protobuf. */
  readonly request: Uint8Array;
}

const type = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const flag = { ack: 1, endStream: 1, endHeaders: 4 } as const;
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const widest = 2 ** 31 - 1;
const usualWindow = 65_535;
const initialWindow = 4;

/**
 * Unary gRPC over one connection of HTTP/2, as many calls at once as are asked
 * for. Node's own client costs as much as a server, and would hide its speed.
 * Answers are not decoded: one with a message is good, one without is a refusal.
 */
export async function grpcLoad({ address, path, metadata, request }: GrpcCall): Promise<Load> {
  const [host, port] = address.split(":");
  const socket = connect({ host: host ?? "", port: Number(port), noDelay: true });
  await once(socket, "connect");
  const write = joined(socket);
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(initialWindow, 0);
  settings.writeUInt32BE(widest, 2);
  write(Buffer.concat([preface, frame(type.settings, 0, 0, settings), frame(type.windowUpdate, 0, 0, word(widest - usualWindow))]));

  const { first, next } = headerBlocks({
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": address,
    te: "trailers",
    "content-type": "application/grpc",
    ...metadata,
  });
  const message = Buffer.concat([Buffer.from([0]), word(request.length), request]);
  const open = new Map<number, { answered: boolean; readonly resolve: () => void; readonly reject: (reason: Error) => void }>();
  let stream = -1;
  let window = usualWindow;
  let held: (() => void)[] = [];

  function send(resolve: () => void, reject: (reason: Error) => void): void {
    if (socket.destroyed) {
      reject(new Error("the connection was closed"));
      return;
    }
    if (window < message.length) {
      held.push(() => send(resolve, reject));
      return;
    }
    window -= message.length;
    stream += 2;
    open.set(stream, { answered: false, resolve, reject });
    const block = stream === 1 ? first : next;
    write(Buffer.concat([frame(type.headers, flag.endHeaders, stream, block), frame(type.data, flag.endStream, stream, message)]));
  }

  function end(id: number, failure?: string): void {
    const call = open.get(id);
    open.delete(id);
    if (call?.answered && failure === undefined) call.resolve();
    else call?.reject(new Error(failure ?? "the call was refused"));
  }

  socket.on(
    "data",
    framed((kind, flags, id, payload) => {
      if (kind === type.data) {
        const call = open.get(id);
        if (call) call.answered = true;
      }
      if (kind <= type.headers && flags & flag.endStream) end(id);
      else if (kind === type.reset) end(id, "the stream was reset");
      else if (kind === type.settings && !(flags & flag.ack)) write(frame(type.settings, flag.ack, 0));
      else if (kind === type.ping && !(flags & flag.ack)) write(frame(type.ping, flag.ack, 0, payload));
      else if (kind === type.goAway) socket.destroy();
      else if (kind === type.windowUpdate && id === 0) {
        window += payload.readUInt32BE(0);
        const ready = held;
        held = [];
        for (const again of ready) again();
      }
    }),
  );
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    for (const id of [...open.keys()]) end(id, "the connection was closed");
  });
  return { call: () => new Promise(send), close: () => socket.destroy() };
}

function frame(kind: number, flags: number, id: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(kind, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const staticEntries = 61;

/** Headers in HPACK: in words the first time, by their places in the server's table ever after, as all clients send them. */
function headerBlocks(headers: Readonly<Record<string, string>>): { readonly first: Buffer; readonly next: Buffer } {
  const entries = Object.entries(headers);
  const first = entries.flatMap(([name, value]) => [Buffer.from([0x40]), text(name), text(value)]);
  const next = Buffer.from(entries.map((_, at) => 0x80 | (staticEntries + entries.length - at)));
  return { first: Buffer.concat(first), next };
}

/** A text in HPACK, its length in seven bits and as many bytes more as it takes. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const rest: number[] = [];
  let left = bytes.length - 127;
  for (; left >= 128; left = Math.floor(left / 128)) rest.push((left % 128) | 0x80);
  return Buffer.concat([Buffer.from([127, ...rest, left]), bytes]);
}
