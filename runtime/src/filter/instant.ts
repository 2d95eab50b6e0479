import type { Clock, Micros } from "../clock.ts";

const instant = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2}))?$/i;
const ago = /^-(\d{1,9})([smhdw])$/;
const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * The instant that a text names: RFC 3339, a date alone (its midnight UTC), or a
 * time ago such as "-7d". Undefined for anything else. Bounded by what a number holds exactly.
 */
export function instantOf(text: string, clock: Clock): Micros | undefined {
  const relative = ago.exec(text);
  if (relative) return bounded(clock() - Number(relative[1]) * (seconds[relative[2] as string] as number) * 1e6);
  const absolute = instant.exec(text);
  if (!absolute) return undefined;
  const [, date, time = "00:00:00", fraction = "", zone = "Z"] = absolute;
  const millis = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  // Date.parse takes 31 February for 3 March.
  if (Number.isNaN(millis) || !new Date(Date.parse(`${date}T00:00:00Z`)).toISOString().startsWith(date as string)) return undefined;
  return bounded(millis * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6)));
}

const bounded = (time: number) => Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, time));
