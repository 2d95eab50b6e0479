/** Microseconds since 1970 UTC: the unit of every stored instant. A safe number until 2255. */
export type Micros = number;

/** Tells the time, so that tests can. */
export type Clock = () => Micros;

/** Never the same instant twice in one process, and never backwards: order follows creation. */
export const systemClock: Clock = (() => {
  let last = 0;
  return () => {
    last = Math.max(Date.now() * 1000, last + 1);
    return last;
  };
})();
