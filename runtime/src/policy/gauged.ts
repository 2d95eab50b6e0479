import { gauge } from "../telemetry/gauges.ts";
import type { Policy } from "./policy.ts";

/** Lets be seen how old a policy is that decisions are made from. */
export function gaugeAge(policy: Pick<Policy, "confirmedAtMs">): void {
  const options = { description: "Since when the policy was last known to be complete", unit: "s" };
  gauge("policy.age", options, () => (policy.confirmedAtMs === 0 ? Number.NaN : Math.max(0, Date.now() - policy.confirmedAtMs) / 1000));
}
