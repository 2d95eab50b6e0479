import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The right to be the only program that uses a folder of SQLite files. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes a folder for this program, or throws in words. The lock is the operating
 * system's, on the file `lock` in the folder, so it ends with the process however that ends.
 */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
  try {
    file.exec("begin exclusive");
  } catch (cause) {
    file.close();
    if (((cause as { errcode?: number }).errcode ?? 0) !== 5) throw cause;
    throw new Error(`another Signalbox program is using the folder ${folder}: stop it first, or give this one a folder of its own`, {
      cause,
    });
  }
  return { release: () => file.close() };
}
