import { fieldInvalid, notFound } from "@signalbox/runtime/errors.ts";
import { ordered } from "../graph/order.ts";
import type { Plan } from "../status/plan.ts";

/** What is asked of a replay, and what is known of both runs. */
export interface Serving {
  /** The steps of the original that are done, each with the names of those before it. */
  readonly done: Plan;
  /** All steps that there can be, each with those before it: as the replay plans them, or as the original had them. */
  readonly all: Plan;
  /** Whether the replay does a step as the original did. */
  readonly isSame: (name: string) => boolean;
  /** Whether all that are done serve, and not only those that must. */
  readonly completed: boolean;
  /** Those that must serve, and those that may not. */
  readonly skip: readonly string[];
  readonly again: readonly string[];
}

/**
 * The names of the steps that serve in a replay: what was done the same way before, as far as all before it serves too. Fails with
 * NOT_FOUND for names of no step, and with FIELD_INVALID where a step that must serve cannot.
 */
export function servingSteps({ done, all, isSame, completed, skip, again }: Serving): ReadonlySet<string> {
  for (const name of [...skip, ...again]) if (!all.has(name)) throw notFound("step", name);
  const wanted = completed ? all : withAllBefore(all, skip);
  const repeated = new Set(again);
  const serving = new Set<string>();
  const obstacles = new Map<string, string>();

  function obstacleTo(name: string): string | undefined {
    if (repeated.has(name)) return `"${name}" is to run again`;
    if (!done.has(name)) return `"${name}" is not done in the original`;
    if (!isSame(name)) return `"${name}" is done otherwise now`;
    const missing = all.get(name)?.find((before) => !serving.has(before));
    return missing && (obstacles.get(missing) ?? `"${missing}" before it does not`);
  }

  for (const name of ordered(all)) {
    if (!wanted.has(name)) continue;
    const obstacle = obstacleTo(name);
    if (obstacle === undefined) serving.add(name);
    else obstacles.set(name, obstacle);
  }
  const refused = skip.find((name) => !serving.has(name));
  if (refused === undefined) return serving;
  throw fieldInvalid("skip", `has "${refused}", which cannot serve: ${obstacles.get(refused)}`);
}

function withAllBefore(all: Plan, names: readonly string[]): Set<string> {
  const found = new Set(names);
  for (const name of found) for (const before of all.get(name) ?? []) found.add(before);
  return found;
}
