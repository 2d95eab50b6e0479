import { kinds } from "./bring.ts";
import type { ServerName } from "./kind.ts";
import { type Started, startLocal } from "./local.ts";

/**
 * A server that is the test's alone, to be paused and restarted: not the one that other tests use. Fails where this machine
 * has no program for it, because one in a container cannot be handled so.
 */
export async function startOwn(name: ServerName): Promise<Started> {
  const kind = kinds[name];
  const started = await startLocal(kind, new AbortController().signal);
  if (!started) throw new Error(`a ${kind.title} of this test's own needs its program on this machine: install ${kind.debianPackage}`);
  return started;
}
