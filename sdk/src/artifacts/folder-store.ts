import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { access, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readVariable } from "../environment.ts";
import { misuse } from "../errors.ts";
import type { ArtifactStore } from "./store.ts";

/**
 * Artifacts in a folder of this machine, named by their digest: what is saved
 * twice lies there once. A file is whole or not there.
 *
 * The folder is SIGNALBOX_ARTIFACTS (a path or a file: URI), else
 * `.signalbox/artifacts` in the working directory.
 */
export function folderStore(folder = readVariable("SIGNALBOX_ARTIFACTS") ?? ".signalbox/artifacts"): ArtifactStore {
  const root = folder.startsWith("file:") ? fileURLToPath(folder) : resolve(folder);
  return {
    async write(bytes, digest) {
      const [algorithm = "", hex = ""] = digest.split(":");
      const parent = join(root, algorithm, hex.slice(0, 2));
      const file = join(parent, hex);
      if (!(await exists(file))) {
        await mkdir(parent, { recursive: true });
        await writeWhole(file, bytes);
      }
      return pathToFileURL(file).href;
    },
    has: async (uri) => uri.startsWith("file:") && (await exists(fileURLToPath(uri))),
    read: (uri) => readFile(pathOf(uri)),
    readSync: (uri) => readFileSync(pathOf(uri)),
  };
}

function pathOf(uri: string): string {
  if (!uri.startsWith("file:"))
    throw misuse(`${uri} does not lie in a folder of this machine; give the store that reads it as artifactStore`);
  return fileURLToPath(uri);
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const fresh = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(fresh, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
