/**
 * Runs `work` once for all who ask for the same key while it runs, and gives
 * them one result or one failure. Nothing is kept afterwards. Whoever aborts
 * stops waiting; the work itself is aborted when nobody waits any more.
 */
export type SingleFlight<V> = (key: string, work: (signal: AbortSignal) => Promise<V>, signal?: AbortSignal) => Promise<V>;

interface Flight<V> {
  readonly result: Promise<V>;
  readonly abort: AbortController;
  waiting: number;
}

export function singleFlight<V>(): SingleFlight<V> {
  const flights = new Map<string, Flight<V>>();

  function start(key: string, work: (signal: AbortSignal) => Promise<V>): Flight<V> {
    const abort = new AbortController();
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    const result = (async () => work(abort.signal))().finally(land);
    const flight: Flight<V> = { result, abort, waiting: 0 };
    flights.set(key, flight);
    // Its failure belongs to those who wait; when all of them left, to nobody.
    result.catch(() => {});
    return flight;
  }

  return async (key, work, signal) => {
    signal?.throwIfAborted();
    const flight = flights.get(key) ?? start(key, work);
    flight.waiting += 1;
    try {
      return await (signal ? untilAborted(flight.result, signal) : flight.result);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0 && flights.get(key) === flight) {
        // Whoever asks from now on starts afresh instead of joining work that is being given up.
        flights.delete(key);
        flight.abort.abort(signal?.reason);
      }
    }
  };
}

function untilAborted<V>(result: Promise<V>, signal: AbortSignal): Promise<V> {
  return new Promise<V>((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
