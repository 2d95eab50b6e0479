import { Code, ConnectError } from "@connectrpc/connect";

/** What stands before a message in the bodies of gRPC and of Connect's streams: a byte of flags, and how many bytes the message has. */
export const prefixBytes = 5;

/** A message as gRPC sends it, and as a stream of Connect does. */
export const enveloped = (message: Uint8Array): Buffer => flagged(0, message);

/** The same with flags. */
export function flagged(flags: number, message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(prefixBytes + message.length);
  bytes[0] = flags;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, prefixBytes);
  return bytes;
}

const none: readonly Buffer[] = [];

/** Takes the messages out of a body that comes in pieces. Fails where one is larger than this, or compressed. */
export function envelopes(maxBytes: number): (chunk: Buffer) => readonly Buffer[] {
  let held: Buffer[] = [];
  let size = 0;
  let needed = prefixBytes;
  return (chunk) => {
    size += chunk.length;
    held.push(chunk);
    if (size < needed) return none;
    const bytes = held.length === 1 ? chunk : Buffer.concat(held, size);
    const messages: Buffer[] = [];
    let at = 0;
    for (needed = prefixBytes; size - at >= needed; needed = prefixBytes) {
      const length = lengthAt(bytes, at, maxBytes);
      needed += length;
      if (size - at < needed) break;
      messages.push(bytes.subarray(at + prefixBytes, at + needed));
      at += needed;
    }
    size -= at;
    held = size === 0 ? [] : [bytes.subarray(at)];
    return messages;
  };
}

function lengthAt(bytes: Buffer, at: number, maxBytes: number): number {
  if (bytes[at] !== 0) throw new ConnectError("a message is compressed, which nobody asked for", Code.Internal);
  const length = bytes.readUInt32BE(at + 1);
  if (length <= maxBytes) return length;
  throw new ConnectError(`a message of ${length} bytes came, and ${maxBytes} are allowed`, Code.ResourceExhausted);
}
