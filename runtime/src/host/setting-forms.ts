import { z } from "zod";

/** A TCP port; 0 lets the system choose. */
export const port = wholeNumber(0, 65535, "a port, 0 to 65535");

/** "true" or "false", "1" or "0". */
export const flag = z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] }).describe('"true" or "false"');

/** Text that is not only spaces. */
export const text = z.string().trim().min(1).describe("text");

/** A password, as long as the contract asks of those that people choose. */
export const password = z.string().min(10).max(1024).describe("text of at least 10 characters");

/** Items between commas, without spaces around them. */
export const list = z
  .string()
  .transform((items) => items.split(",").flatMap((item) => item.trim() || []))
  .describe("items between commas");

/** A whole number within bounds. */
export function wholeNumber(least: number, most: number, form = `a whole number, ${least} to ${most}`) {
  return z
    .string()
    .trim()
    .regex(/^-?\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .describe(form);
}

/** A number of 0 to 1. */
export const ratio = z
  .string()
  .trim()
  .regex(/^\d*\.?\d+$/)
  .transform(Number)
  .pipe(z.number().min(0).max(1))
  .describe("a number, 0 to 1");

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time, as milliseconds: "250ms", "30s", "5m", "12h", "7d". */
export const duration = z
  .string()
  .trim()
  .regex(/^\d{1,9}(ms|s|m|h|d)$/)
  .transform((length) => {
    const [, count, unit] = /^(\d+)(\D+)$/.exec(length) ?? [];
    return Number(count) * unitMs[unit as keyof typeof unitMs];
  })
  .describe('a length of time such as "250ms", "30s", "5m", "12h" or "7d"');

/** Milliseconds as {@link duration} reads them. */
export function durationText(ms: number): string {
  const units = Object.entries(unitMs).reverse();
  const [unit, length] = units.find(([, each]) => ms >= each && ms % each === 0) ?? ["ms", 1];
  return `${ms / length}${unit}`;
}

/** One of a few words. */
export function oneOf<const W extends readonly [string, ...string[]]>(...words: W) {
  return z.enum(words).describe(`one of ${words.map((word) => `"${word}"`).join(", ")}`);
}

/** An absolute URL of one of the protocols ("https"), kept as it is written but for a slash at its end. */
export function urlOf(...protocols: readonly [string, ...string[]]) {
  return z
    .string()
    .trim()
    .refine((url) => URL.canParse(url) && protocols.includes(new URL(url).protocol.slice(0, -1)))
    .transform((url) => url.replace(/\/$/, ""))
    .describe(`a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`);
}
