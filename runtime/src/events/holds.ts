import type { Policy } from "../policy/policy.ts";

const lookMs = 100;

/**
 * Waits until something holds of the policy, at most for a time and while the
 * signal lets it. Resolves with whether it does. It looks after each change
 * that the policy hears of, and from time to time.
 */
export async function holds(policy: Pick<Policy, "onChange">, test: () => boolean, ms: number, signal: AbortSignal): Promise<boolean> {
  if (test() || signal.aborted) return test();
  return new Promise<boolean>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      clearInterval(looking);
      stop();
      signal.removeEventListener("abort", end);
      resolve(test());
    };
    const timer = setTimeout(end, ms);
    const look = () => {
      if (test()) end();
    };
    // A revision may be reached without a change.
    const looking = setInterval(look, lookMs);
    const stop = policy.onChange(look);
    signal.addEventListener("abort", end);
  });
}
