import { monitorEventLoopDelay } from "node:perf_hooks";
import { gauge } from "./gauges.ts";

/** How the process itself is. Watches the event loop, so it is called where telemetry is on. Returns the way to end that. */
export function gaugeProcess(): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  gauge("process.event_loop.delay", { description: "The longest that the event loop was late since the last look", unit: "ms" }, () => {
    const worst = delay.max / 1e6;
    delay.reset();
    // What it measures holds its own rest.
    return Math.max(0, worst - 10);
  });
  gauge("process.memory.resident", { description: "Resident memory", unit: "MB" }, () => process.memoryUsage.rss() / 1e6);
  return () => void delay.disable();
}
