import { gauge } from "@signalbox/runtime/telemetry/gauges.ts";
import type { Reporting } from "./reporting.ts";

/** The same reporting, with how many changes wait to be durable to be seen. */
export function gaugedReporting(reporting: Reporting): Reporting {
  let pending = 0;
  gauge("runs.reports.pending", { description: "Reports that were taken and are not durable yet", unit: "{reports}" }, () => pending);
  return {
    ...reporting,
    async report(changes) {
      pending += 1;
      try {
        return await reporting.report(changes);
      } finally {
        pending -= 1;
      }
    },
  };
}
