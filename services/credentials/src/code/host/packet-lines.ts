/**
 * The lines of a text in git's packets (gitprotocol-common(5)), without their ends; flushes are left out. Undefined where it is no such
 * text.
 */
export function packetLines(body: Buffer): readonly string[] | undefined {
  const lines: string[] = [];
  for (let at = 0; at < body.length; ) {
    const digits = body.toString("latin1", at, at + 4);
    if (!/^[0-9a-f]{4}$/i.test(digits)) return undefined;
    const length = Number.parseInt(digits, 16);
    if (length > 0 && length < 4) return undefined;
    if (at + length > body.length) return undefined;
    if (length > 4) lines.push(body.toString("utf8", at + 4, at + length).replace(/\n$/, ""));
    at += Math.max(length, 4);
  }
  return lines;
}
