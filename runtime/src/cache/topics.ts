/** Who in this process wants to be woken, and by what. */
export interface Topics {
  /** Whether somebody waits for the topic. */
  has(topic: string): boolean;
  names(): string[];
  add(topic: string, wake: () => void): void;
  remove(topic: string, wake: () => void): void;
  /** Wakes those who wait for the topic, soon and once, however often it is called until then. */
  wake(topic: string): void;
  clear(): void;
}

export function topicsOfProcess(): Topics {
  const topics = new Map<string, Set<() => void>>();
  const due = new Set<string>();
  const wakeDue = () => {
    const wakes = new Set([...due].flatMap((topic) => [...(topics.get(topic) ?? [])]));
    due.clear();
    for (const wake of wakes) wake();
  };
  return {
    has: (topic) => topics.has(topic),
    names: () => [...topics.keys()],
    add(topic, wake) {
      const wakes = topics.get(topic) ?? new Set();
      topics.set(topic, wakes.add(wake));
    },
    remove(topic, wake) {
      const wakes = topics.get(topic);
      wakes?.delete(wake);
      if (wakes?.size === 0) topics.delete(topic);
    },
    wake(topic) {
      if (!topics.has(topic)) return;
      if (due.size === 0) setImmediate(wakeDue);
      due.add(topic);
    },
    clear() {
      topics.clear();
    },
  };
}
