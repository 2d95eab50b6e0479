import type { Log } from "@signalbox/runtime/host/log.ts";

const quietMs = 10_000;

/** Logs failures of Redis: the first at once, then one in ten seconds with how many there were since, because each connection tells of each attempt. */
export function redisFaults(log: Log): (error: unknown) => void {
  let told = Number.NEGATIVE_INFINITY;
  let since = 0;
  return (error) => {
    since += 1;
    const now = performance.now();
    if (now - told < quietMs) return;
    log.warn({ err: error, faults: since }, "Redis is not well");
    told = now;
    since = 0;
  };
}
