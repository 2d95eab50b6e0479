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

/** What is done when a stream ends: however it does, and first where it fails. */
export interface Ending {
  /** What takes the place of a failure. */
  readonly failed?: (error: unknown) => unknown;
  readonly ended?: () => void;
}

/** A stream with something done at its end. Its messages pass by: a generator around it would cost each of them several turns. */
export function ending<T>(source: AsyncIterable<T>, { failed = (error) => error, ended = () => {} }: Ending): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  let over = false;
  const end = () => {
    if (!over) ended();
    over = true;
  };
  const pass = (result: IteratorResult<T>) => {
    if (result.done) end();
    return result;
  };
  const fail = (error: unknown): never => {
    const told = over ? error : failed(error);
    end();
    throw told;
  };
  return iterable({
    next: () => iterator.next().then(pass, fail),
    async return(): Promise<IteratorResult<T>> {
      try {
        await iterator.return?.();
      } catch (error) {
        fail(error);
      }
      end();
      return { done: true, value: undefined };
    },
  });
}

/** A stream with each message made into another, or left as it is. */
export function mapped<A, B>(source: AsyncIterable<A>, make: (message: A) => B): AsyncIterable<B> {
  const iterator = source[Symbol.asyncIterator]();
  const pass = (result: IteratorResult<A>): IteratorResult<B> => {
    if (result.done) return result;
    const value = make(result.value);
    return Object.is(value, result.value) ? (result as IteratorResult<never>) : { done: false, value };
  };
  return iterable({
    next: () => iterator.next().then(pass),
    async return(): Promise<IteratorResult<B>> {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  });
}

/** A stream that has to be found first. Whoever leaves meanwhile leaves what was found. */
export function opening<T>(open: () => Promise<AsyncIterable<T>>): AsyncIterable<T> {
  let finding: Promise<AsyncIterator<T>> | undefined;
  let iterator: AsyncIterator<T> | undefined;
  const begin = async () => {
    finding = open().then((found) => found[Symbol.asyncIterator]());
    iterator = await finding;
    return iterator.next();
  };
  return iterable({
    next: () => iterator?.next() ?? begin(),
    async return(): Promise<IteratorResult<T>> {
      const found = await finding?.catch(() => undefined);
      await found?.return?.();
      return { done: true, value: undefined };
    },
  });
}

/**
 * A stream that ends with the signal's reason when the signal aborts, even
 * while the next message is still awaited.
 */
export function until<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  // Whoever waits for a message. A promise that lasted as long as the stream would remember every message that it raced against.
  let waiting: ((reason: unknown) => void) | undefined;
  let ended = false;

  function end(): void {
    if (ended) return;
    ended = true;
    signal.removeEventListener("abort", abort);
    // Not awaited: a source that is stuck would hold the end of the stream up.
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
  function abort(): void {
    end();
    waiting?.(signal.reason);
  }
  signal.addEventListener("abort", abort, { once: true });

  return iterable({
    next: () =>
      new Promise<IteratorResult<T>>((resolve, reject) => {
        if (signal.aborted) {
          end();
          reject(signal.reason);
        } else if (ended) resolve({ done: true, value: undefined });
        else {
          waiting = reject;
          const fail = (error: unknown) => {
            end();
            reject(error);
          };
          iterator.next().then((result) => {
            if (result.done) end();
            resolve(result);
          }, fail);
        }
      }),
    async return(): Promise<IteratorResult<T>> {
      end();
      return { done: true, value: undefined };
    },
  });
}

const iterable = <T>(iterator: AsyncIterator<T>): AsyncIterable<T> => ({ [Symbol.asyncIterator]: () => iterator });
