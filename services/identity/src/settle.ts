import { holds } from "@signalbox/runtime/events/holds.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Stores } from "./stores.ts";

const settleMs = 1_000;

/** Waits until this process's policy knows that a principal may act, a second at most: who was just created often signs in at once. */
export async function settled({ policy }: Pick<Stores, "policy">, id: Id, { signal }: Call): Promise<void> {
  const principal = toUuid(id);
  await holds(policy, () => policy.isActive(principal), settleMs, signal);
}
