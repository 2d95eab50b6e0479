import { describe } from "vitest";
import { findServer } from "./binary.ts";
import { kinds } from "./bring.ts";
import type { ServerName } from "./kind.ts";
import { type Started, startLocal } from "./local.ts";

/**
 * A server that is the test's alone, to be paused and restarted: not the one that other tests use. Fails where this machine
 * has no program for it, because one in a container cannot be handled so.
 */
export async function startOwn(name: ServerName): Promise<Started> {
  const { title, debianPackage } = kinds[name];
  const started = await startLocal(kinds[name], new AbortController().signal);
  if (!started) throw new Error(`a ${title} of this test's own needs its program on this machine: install ${debianPackage}`);
  return started;
}

/** `describe` where {@link startOwn} can start these; elsewhere a `describe` that skips by name and prints why. */
export async function needsOwn(...names: readonly ServerName[]): Promise<typeof describe | typeof describe.skip> {
  for (const { title, programs, least } of names.map((name) => kinds[name])) {
    if (await findServer(programs, least)) continue;
    console.warn(`skipped: what pauses and restarts ${title} needs its program on this machine, and there is none`);
    return describe.skip;
  }
  return describe;
}
