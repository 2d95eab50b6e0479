import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";

/** The failure that a filter means, at a position counted from 1. */
export function filterInvalid(position: number, expected: string): SignalboxError {
  return new SignalboxError(Reason.FILTER_INVALID, `filter, position ${position}: ${expected}`, {
    metadata: { position: String(position) },
    violations: [{ field: "filter", description: `position ${position}: ${expected}`, rule: "filter" }],
  });
}
