import { topicsOfProcess } from "./topics.ts";

/**
 * Says "look now" to whoever waits for something in a database. A wake-up
 * carries nothing, may come without cause, and may be lost with the connection
 * that brings it: subscribers look for themselves, and also from time to time.
 */
export interface Wakeups {
  /** Wakes the subscribers of a topic in every process. Returns at once and never fails. */
  notify(topic: string): void;
  /** Calls `wake`, which must not throw, after each notification. Returns the way to end that. */
  subscribe(topic: string, wake: () => void): () => void;
  close(): Promise<void>;
}

/** Wake-ups inside one process. */
export function memoryWakeups(): Wakeups {
  const topics = topicsOfProcess();
  return {
    notify: topics.wake,
    subscribe(topic, wake) {
      // A function of its own, so that the same callback may subscribe twice.
      const own = () => wake();
      topics.add(topic, own);
      return () => topics.remove(topic, own);
    },
    close: async () => topics.clear(),
  };
}
