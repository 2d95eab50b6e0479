/** Reads that many watchers ask for at once, each done once for all who ask for the same. */
export interface SharedReads<V> {
  /** What a read answers with, begun now or by whoever asked first. A failure is not kept. */
  get(key: string, read: () => Promise<V>): Promise<V>;
  /** Forgets all, because what is read has changed. */
  clear(): void;
}

/** Keeps the answers of the last `most` reads. */
export function sharedReads<V>(most: number): SharedReads<V> {
  const answers = new Map<string, Promise<V>>();
  return {
    get(key, read) {
      const known = answers.get(key);
      if (known) return known;
      const answer = read();
      const [oldest] = answers.keys();
      if (answers.size === most && oldest !== undefined) answers.delete(oldest);
      answers.set(key, answer);
      answer.catch(() => {
        if (answers.get(key) === answer) answers.delete(key);
      });
      return answer;
    },
    clear: () => answers.clear(),
  };
}

/** Does work for all who ask while it waits to begin: what they get was begun after they asked. */
export function coalesced<V>(work: () => Promise<V>): () => Promise<V> {
  let running: Promise<unknown> | undefined;
  let following: Promise<V> | undefined;
  return function ask(): Promise<V> {
    if (following) return following;
    if (running) {
      following = running.then(() => {
        following = undefined;
        return ask();
      });
      return following;
    }
    const result = work();
    running = result.then(
      () => (running = undefined),
      () => (running = undefined),
    );
    return result;
  };
}
