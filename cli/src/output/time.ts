import type { Timestamp } from "@bufbuild/protobuf/wkt";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** An instant in milliseconds since 1970, or undefined where there is none. */
export function millisOf(time: Timestamp | undefined): number | undefined {
  return time && Number(time.seconds) * 1000 + time.nanos / 1_000_000;
}

/** How long something took, as people say it: "0.1 s", "41 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
export function duration(millis: number): string {
  const whole = Math.max(0, millis);
  if (whole < 10 * second) return `${(whole / second).toFixed(1)} s`;
  if (whole < minute - 500) return `${Math.round(whole / second)} s`;
  if (whole < hour - 500) return twoUnits(Math.round(whole / second), 60, "min", "s");
  if (whole < day - minute / 2) return twoUnits(Math.round(whole / minute), 60, "h", "min");
  return twoUnits(Math.round(whole / hour), 24, "d", "h");
}

function twoUnits(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  return rest === 0 ? `${count / size} ${large}` : `${Math.floor(count / size)} ${large} ${rest} ${small}`;
}

/** How long from start to end, or to now while it goes on; empty before the start. */
export function took(start: Timestamp | undefined, end: Timestamp | undefined, now: number): string {
  const from = millisOf(start);
  return from === undefined ? "" : duration((millisOf(end) ?? now) - from);
}

/** How long ago an instant was, in its largest unit: "just now", "12 s ago", "2 h ago", "3 d ago"; a date beyond 30 days. */
export function ago(time: Timestamp | undefined, now: number): string {
  const at = millisOf(time);
  if (at === undefined) return "";
  const since = now - at;
  if (since < second) return since < -minute ? new Date(at).toISOString().slice(0, 16).replace("T", " ") : "just now";
  if (since < minute) return `${Math.floor(since / second)} s ago`;
  if (since < hour) return `${Math.floor(since / minute)} min ago`;
  if (since < day) return `${Math.floor(since / hour)} h ago`;
  if (since < 30 * day) return `${Math.floor(since / day)} d ago`;
  return new Date(at).toISOString().slice(0, 10);
}

/** A number of bytes as people say it: "67 kB". A kilobyte is 1,000 bytes. */
export function bytes(count: number | bigint): string {
  let size = Number(count);
  for (const unit of ["B", "kB", "MB", "GB", "TB"]) {
    if (size < 999.5 || unit === "TB") return `${size < 9.95 && unit !== "B" ? size.toFixed(1) : Math.round(size)} ${unit}`;
    size /= 1000;
  }
  return "";
}

/** The day of an instant; "never" where there is none. */
export const dayOf = (time: Timestamp | undefined): string => (time ? new Date(millisOf(time) ?? 0).toISOString().slice(0, 10) : "never");
