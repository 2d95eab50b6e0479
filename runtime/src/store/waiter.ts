/** Waits for wake-ups that may come before anybody waits. */
export interface Waiter {
  /** Resolves at the next wake-up, or at once if one came since the last wait, or after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function waiter(subscribe: (wake: () => void) => () => void): Waiter {
  let woken = false;
  let resume: (() => void) | undefined;
  const close = subscribe(() => {
    woken = true;
    resume?.();
  });
  return {
    close,
    async wait(ms, signal) {
      if (!woken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          resume = () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", resume as () => void);
            resolve();
          };
          const timer = setTimeout(resume, ms);
          signal.addEventListener("abort", resume, { once: true });
        });
      }
      resume = undefined;
      woken = false;
    },
  };
}
