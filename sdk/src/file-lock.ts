import { open, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { misuse } from "./errors.ts";

/** A lock this old was left by a process that died: no holder works for so long. */
const staleMs = 30_000;
const waitMs = 60_000;

/** Does the work while no other process does work under the same file. Fails with MISUSE after a minute of waiting. */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await take(file);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<void> {
  for (const until = Date.now() + waitMs; Date.now() < until; ) {
    try {
      const handle = await open(file, "wx", 0o600);
      await handle.close();
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
    if (await isStale(file)) await rm(file, { force: true });
    else await sleep(20 + Math.random() * 40);
  }
  throw misuse(`another process holds ${file}; remove it if there is none`);
}

async function isStale(file: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs > staleMs;
  } catch {
    return false;
  }
}
