import { InvalidArgumentError } from "commander";
import { wrongUsage } from "./failure.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a reference is an id rather than a name. */
export const isUuid = (text: string): boolean => uuid.test(text);

/** A whole number above zero. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("It is a whole number above 0.");
  return count;
}

const seconds: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400, w: 604_800 };

/** A span such as "45s", "30min", "12h", "90d" or "2w", in seconds. */
export function parseSpan(text: string): number {
  const [, count, unit = ""] = /^(\d+) ?([a-z]+)$/.exec(text) ?? [];
  const size = seconds[unit];
  if (!count || !size) throw new InvalidArgumentError('It is a number with a unit, such as "30min", "12h" or "90d".');
  return Number(count) * size;
}

/** A time such as "2026-12-24T18:00:00Z", or a day. */
export function parseTime(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('It is a time such as "2026-12-24T18:00:00Z".');
  return time;
}

/** An argument that the parser made sure of. */
export function needed(value: string | undefined, name: string): string {
  if (value === undefined) throw wrongUsage(`${name} is missing`);
  return value;
}
