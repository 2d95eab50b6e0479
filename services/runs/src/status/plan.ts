/** The steps that a run is known to have before they are reported, each with the names of those before it. */
export type Plan = ReadonlyMap<string, readonly string[]>;

/** The steps after each step, from the steps before each. */
export function followersOf(plan: Plan): ReadonlyMap<string, readonly string[]> {
  const followers = new Map<string, string[]>();
  for (const [name, upstream] of plan) {
    for (const before of upstream) {
      const after = followers.get(before);
      if (after) after.push(name);
      else followers.set(before, [name]);
    }
  }
  return followers;
}

/** All steps that come after any of `names`, directly or not. Those named are among them only where they depend on another of them. */
export function downstreamOf(followers: ReadonlyMap<string, readonly string[]>, names: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const after of followers.get(name) ?? []) {
      if (found.has(after)) continue;
      found.add(after);
      open.push(after);
    }
  }
  return found;
}
