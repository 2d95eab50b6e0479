/** Something that ends at a time unless it is over by then. */
export interface Expiring {
  /** In milliseconds since 1970. */
  readonly due: number;
  /** Called once the time has come. */
  expire(): void;
}

/** Watches over what must end in time. Almost everything is over long before, so all of it shares one timer. */
export interface Expiry {
  add(item: Expiring): void;
  /** It is over: nothing more happens to it. */
  remove(item: Expiring): void;
}

// The longest time that a timer can be set for.
const longestMs = 2 ** 31 - 1;

export function expiry(now: () => number = Date.now): Expiry {
  const items = new Set<Expiring>();
  let timer: NodeJS.Timeout | undefined;
  let earliest = Number.POSITIVE_INFINITY;

  function arm(due: number): void {
    clearTimeout(timer);
    earliest = due;
    timer = setTimeout(look, Math.min(longestMs, Math.max(0, due - now()))).unref();
  }

  // What the timer was set for is over as a rule: it is set anew for what is first now.
  function look(): void {
    timer = undefined;
    earliest = Number.POSITIVE_INFINITY;
    const at = now();
    let next = Number.POSITIVE_INFINITY;
    for (const item of items) {
      if (item.due > at) next = Math.min(next, item.due);
      else if (items.delete(item)) item.expire();
    }
    if (next < earliest) arm(next);
  }

  return {
    add(item) {
      items.add(item);
      if (item.due < earliest) arm(item.due);
    },
    remove: (item) => void items.delete(item),
  };
}
