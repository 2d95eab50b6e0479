import type { Report } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { reasonName } from "@signalbox/runtime/errors.ts";
import type { Outcome } from "./change.ts";

/** The refusals of some reports as the contract has them. */
export function refusedOf(reports: readonly Report[], { refusals }: Pick<Outcome, "refusals">) {
  return refusals.flatMap((refusal, i) => {
    const report = reports[i];
    return refusal && report ? [{ sequence: report.sequence, reason: reasonName(refusal.reason), message: refusal.message }] : [];
  });
}
