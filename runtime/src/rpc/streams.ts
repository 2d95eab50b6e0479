/** One message as a stream. */
export async function* once<T>(message: T): AsyncIterable<T> {
  yield message;
}

/** The first message of a stream, and a stream of all of them. Undefined where the stream is empty. */
export async function peek<T>(source: AsyncIterable<T>): Promise<{ readonly first: T; readonly all: AsyncIterable<T> } | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const { done, value } = await iterator.next();
  if (done) return undefined;
  async function* all(): AsyncIterable<T> {
    try {
      yield value as T;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first: value, all: all() };
}

/** A stream with each message passed through a check. */
export async function* each<T>(source: AsyncIterable<T>, check: (message: T) => void): AsyncIterable<T> {
  for await (const message of source) {
    check(message);
    yield message;
  }
}

/**
 * A stream that ends with the signal's reason when the signal aborts, even
 * while the next message is still awaited.
 */
export async function* until<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  // One promise for each message: one that lasted as long as the stream would remember every race that it was in.
  let stop: ((reason: unknown) => void) | undefined;
  const aborted = () => stop?.(signal.reason);
  signal.addEventListener("abort", aborted, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        stop = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", aborted);
    // Not awaited: a source that is stuck would hold the end of the stream up.
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
