import type { ServerResponse } from "node:http";
import type { AnyRequest } from "@signalbox/edge/address.ts";

const endOfStream = 0b10;
const prefixBytes = 5;

/**
 * Sets trailers of Connect, which our fast paths have no use for: those of a
 * unary call are headers, those of a stream are in its last envelope, where
 * they are put in on the way out.
 */
export function trailersOf({ headers }: AnyRequest, response: ServerResponse): (name: string, value: string) => void {
  if (!headers["content-type"]?.startsWith("application/connect+")) return (name, value) => response.appendHeader(`trailer-${name}`, value);
  // Headers are sent with the first message, which is after the handler has set its own.
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => unknown;
  let begin: (() => void) | undefined;
  response.writeHead = ((...given: unknown[]) => {
    begin = () => writeHead(...given);
    return response;
  }) as typeof response.writeHead;
  const metadata: Record<string, string[]> = {};
  const own = response.write.bind(response) as (piece: Buffer) => boolean;
  const write = (piece: Buffer): boolean => {
    begin?.();
    begin = undefined;
    return own(piece);
  };
  response.write = write as typeof response.write;
  const adding = (piece: Buffer): boolean => {
    let from = 0;
    for (let at = 0; at + prefixBytes <= piece.length; at += prefixBytes + piece.readUInt32BE(at + 1)) from = at;
    const last = JSON.stringify({ ...(JSON.parse(piece.subarray(from + prefixBytes).toString()) as object), metadata });
    const prefix = Buffer.alloc(prefixBytes);
    prefix[0] = endOfStream;
    prefix.writeUInt32BE(Buffer.byteLength(last), 1);
    return write(Buffer.concat([piece.subarray(0, from), prefix, Buffer.from(last)]));
  };
  const ends = (piece: Buffer): boolean => {
    for (let at = 0; at + prefixBytes <= piece.length; at += prefixBytes + piece.readUInt32BE(at + 1))
      if (((piece[at] ?? 0) & endOfStream) !== 0) return true;
    return false;
  };
  return (name, value) => {
    metadata[name] = [...(metadata[name] ?? []), value];
    // Only what our own path writes: it writes whole envelopes.
    response.write = ((piece: Buffer) => (ends(piece) ? adding(piece) : write(piece))) as typeof response.write;
  };
}
