import { type Connection, type ConnectionNeeds, openConnection } from "./connection.ts";

/** One address of a service, to which there is a connection at all times, and more while one is not enough. */
export interface Replica {
  /** A connection that takes a call; undefined where there is none yet. */
  connection(): Connection | undefined;
  /** Why it cannot be reached; undefined while that is not known. */
  readonly fault: Error | undefined;
  /** Takes no more calls, and ends when those under way have. */
  retire(): void;
  destroy(): void;
}

export interface ReplicaNeeds extends Pick<ConnectionNeeds, "address" | "name" | "tls"> {
  /** Hears that a connection came or went, or has room again. */
  readonly changed: () => void;
  /** Hears that the service took a connection away: it may be found elsewhere now. */
  readonly lost: () => void;
}

// A program that was killed is back in a second or two, and is to be found at once then.
const shortestPauseMs = 100;
const longestPauseMs = 500;
const tidyMs = 30_000;

export function replica({ address, name, tls, changed, lost }: ReplicaNeeds): Replica {
  const connections: Connection[] = [];
  let coming: Connection | undefined;
  let fault: Error | undefined;
  let pauseMs = shortestPauseMs;
  let pause: NodeJS.Timeout | undefined;
  let retired = false;

  function connect(): void {
    if (coming || pause || retired) return;
    const began = performance.now();
    let reached = false;
    const made = openConnection({
      address,
      name,
      tls,
      freed: changed,
      ready() {
        reached = true;
        coming = undefined;
        fault = undefined;
        pauseMs = shortestPauseMs;
        connections.push(made);
        changed();
      },
      ended(cause) {
        if (reached) connections.splice(connections.indexOf(made), 1);
        else {
          coming = undefined;
          fault = cause ?? new Error(`${address.host}:${address.port} closed the connection`);
        }
        if (retired) return;
        // One that is not missed is not made again: the next call that finds no room makes it.
        if (!reached || connections.length === 0) connectAgain(began);
        lost();
        changed();
      },
    });
    coming = made;
  }

  function connectAgain(began: number): void {
    const dueMs = began + pauseMs * (0.8 + 0.4 * Math.random()) - performance.now();
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.6);
    pause ??= setTimeout(
      () => {
        pause = undefined;
        if (!connections.some(({ hasRoom }) => hasRoom)) connect();
      },
      Math.max(0, dueMs),
    );
  }

  const tidying = setInterval(() => {
    for (const surplus of connections.slice(1)) if (surplus.isIdle) surplus.retire();
  }, tidyMs).unref();

  function stop(): void {
    retired = true;
    clearInterval(tidying);
    clearTimeout(pause);
    coming?.destroy();
  }

  connect();
  return {
    connection() {
      for (const each of connections) if (each.hasRoom) return each;
      connect();
      return undefined;
    },
    get fault() {
      return fault;
    },
    retire() {
      stop();
      for (const each of [...connections]) each.retire();
    },
    destroy() {
      stop();
      for (const each of [...connections]) each.destroy();
    },
  };
}
