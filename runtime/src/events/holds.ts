import type { Policy } from "../policy/policy.ts";

/**
 * Waits until something holds of the policy, at most for a time and while the
 * signal lets it. Resolves with whether it does. It looks after each change
 * that the policy hears of, and once more at the end.
 */
export async function holds(policy: Pick<Policy, "onChange">, test: () => boolean, ms: number, signal: AbortSignal): Promise<boolean> {
  if (test() || signal.aborted) return test();
  return new Promise<boolean>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener("abort", end);
      resolve(test());
    };
    const timer = setTimeout(end, ms);
    const stop = policy.onChange(() => {
      if (test()) end();
    });
    signal.addEventListener("abort", end);
  });
}
