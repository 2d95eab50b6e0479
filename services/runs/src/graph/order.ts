/** Names with those before them, each after all that it depends on, else in the order given. Where some depend on each other in a circle, the order given decides. */
export function ordered(upstream: ReadonlyMap<string, readonly string[]>): string[] {
  const names = [...upstream.keys()];
  const place = new Map(names.map((name, i) => [name, i]));
  const waits = names.map(() => 0);
  const followers = names.map((): number[] => []);
  for (const [i, name] of names.entries()) {
    for (const before of new Set(upstream.get(name))) {
      const at = place.get(before);
      if (at === undefined || at === i) continue;
      followers[at]?.push(i);
      waits[i] = (waits[i] as number) + 1;
    }
  }
  const done: string[] = [];
  const taken = names.map(() => false);
  const ready = waits.flatMap((count, i) => (count === 0 ? [i] : []));
  while (done.length < names.length) {
    const at = ready.shift() ?? taken.indexOf(false);
    if (taken[at]) continue;
    taken[at] = true;
    done.push(names[at] as string);
    for (const after of followers[at] ?? []) {
      waits[after] = (waits[after] as number) - 1;
      if (waits[after] === 0 && !taken[after]) ready.push(after);
    }
  }
  return done;
}
