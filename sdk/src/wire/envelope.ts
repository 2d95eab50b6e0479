import { Buffer } from "node:buffer";
import { Code } from "@connectrpc/connect";
import { SignalboxError } from "../errors.ts";

/** A message of a stream: 1 byte of flags, 4 bytes of length, the message. */
export interface Envelope {
  readonly last: boolean;
  readonly payload: Uint8Array;
}

const compressedFlag = 1;
const endFlag = 2;
const headBytes = 5;

/** The largest message that is taken, in bytes. */
export const maxMessageBytes = 64 * 1024 * 1024;

export function toEnvelope(payload: Uint8Array): Uint8Array {
  const envelope = Buffer.allocUnsafe(headBytes + payload.length);
  envelope[0] = 0;
  envelope.writeUInt32BE(payload.length, 1);
  envelope.set(payload, headBytes);
  return envelope;
}

/** Cuts bytes as they come into envelopes. Fails with UNAVAILABLE where the bytes end without a last envelope. */
export async function* readEnvelopes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Envelope> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([held, chunk]);
    let at = 0;
    while (held.length - at >= headBytes) {
      const flags = held.readUInt8(at);
      const length = held.readUInt32BE(at + 1);
      if ((flags & compressedFlag) !== 0 || length > maxMessageBytes) throw unreadable();
      if (held.length - at < headBytes + length) break;
      yield { last: (flags & endFlag) !== 0, payload: held.subarray(at + headBytes, at + headBytes + length) };
      at += headBytes + length;
    }
    if (at > 0) held = held.subarray(at);
  }
  throw new SignalboxError({ reason: "UNAVAILABLE", message: "the stream broke off", code: Code.Unavailable });
}

const unreadable = () =>
  new SignalboxError({
    reason: "BODY_TOO_LARGE",
    message: `a message of the stream is compressed or larger than ${maxMessageBytes / 1024 / 1024} MiB`,
    code: Code.ResourceExhausted,
  });
