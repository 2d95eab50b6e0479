import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { VersionRow } from "../tables.ts";

/** The refusal to delete what steps consumed. */
export function inUse({ id, consumerCount }: Pick<VersionRow, "id" | "consumerCount">, what = "the artifact version"): SignalboxError {
  const steps = consumerCount === 1 ? "a step" : `${consumerCount} steps`;
  return new SignalboxError(Reason.IN_USE, `${what} was consumed by ${steps}; list its uses to see by which`, {
    metadata: { type: "artifact_version", reference: toUuid(id), consumers: String(consumerCount) },
  });
}
