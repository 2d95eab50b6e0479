const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const values = new Map([...digits].map((digit, value) => [digit, BigInt(value)]));

/** How many base-62 digits hold any value of so many bytes. */
export const base62Length = (bytes: number): number => Math.ceil((bytes * 8) / Math.log2(62));

/** Bytes as base-62 digits, as many as {@link base62Length} says. */
export function toBase62(bytes: Uint8Array): string {
  let rest = bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  while (rest > 0n) {
    text = digits[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text.padStart(base62Length(bytes.length), "0");
}

/** The bytes that {@link toBase62} was given, or undefined for a text that it cannot have made. */
export function fromBase62(text: string, bytes: number): Buffer | undefined {
  if (text.length !== base62Length(bytes)) return undefined;
  let value = 0n;
  for (const digit of text) {
    const worth = values.get(digit);
    if (worth === undefined) return undefined;
    value = value * 62n + worth;
  }
  if (value >> BigInt(bytes * 8) !== 0n) return undefined;
  return Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex");
}
