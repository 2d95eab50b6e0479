/**
 * The lines of a text in git's packets (gitprotocol-common(5)), without their ends; flushes are left out. Undefined where it is no such
 * text.
 */
export function packetLines(body: Buffer): readonly string[] | undefined {
  const lines: string[] = [];
  for (const packet of packets(body)) {
    if (!packet) return undefined;
    lines.push(lineOf(packet));
  }
  return lines;
}

export const lineOf = (packet: Buffer): string => packet.toString("utf8").replace(/\n$/, "");

/** What is in git's packets, one after the other; flushes are left out. Undefined, and nothing more, where something else begins. */
export function* packets(body: Buffer): Iterable<Buffer | undefined> {
  for (let at = 0; at < body.length; ) {
    const digits = body.toString("latin1", at, at + 4);
    const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (!(length === 0 || length >= 4) || at + length > body.length) return yield undefined;
    if (length > 4) yield body.subarray(at + 4, at + length);
    at += Math.max(length, 4);
  }
}
