/**
 * Loads something once for all who ask for the same key in one turn of the
 * event loop. The load begins when the turn has ended, after all of them asked,
 * so that nobody is given what was true before; a flight that is joined while
 * it runs could not promise that.
 */
export type Joined<V> = (key: string, load: () => Promise<V>) => Promise<V>;

export function joined<V>(): Joined<V> {
  const gathering = new Map<string, Promise<V>>();
  return (key, load) => {
    let answer = gathering.get(key);
    if (!answer) {
      answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        gathering.delete(key);
        return load();
      });
      gathering.set(key, answer);
    }
    return answer;
  };
}
