import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, extname, join, relative, sep } from "node:path";

const sourceEndings = new Set([".ts", ".js", ".mjs", ".cjs", ".mts", ".cts", ".json"]);
const skippedFolders = new Set(["node_modules", "dist"]);
const maxFiles = 5_000;
const maxFileBytes = 4 * 1024 * 1024;

/**
 * The SHA-256 of the sources of the package that a file belongs to: the names
 * and contents of the .ts, .js and .json files beside and below the nearest
 * package.json, without node_modules, dist and what begins with a dot. Of at
 * most 5,000 files; a file above 4 MiB counts by its size and time.
 */
export async function packageHash(file: string): Promise<string> {
  const root = (await packageFolder(dirname(file))) ?? dirname(file);
  const files: string[] = [];
  await collect(root, files);
  const hash = createHash("sha256");
  for (const path of files.sort()) {
    const { size, mtimeMs } = await stat(path);
    const content = size > maxFileBytes ? `${size} ${mtimeMs}` : await readFile(path);
    hash.update(`${relative(root, path).split(sep).join("/")}\n${size}\n`).update(content);
  }
  return hash.digest("hex");
}

/** The nearest folder upwards that has a package.json. */
async function packageFolder(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(join(at, "package.json")).catch(() => undefined);
    if (found?.isFile()) return at;
    if (dirname(at) === at) return undefined;
  }
}

async function collect(folder: string, files: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith(".") || files.length >= maxFiles) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) await collect(path, files);
    else if (entry.isFile() && sourceEndings.has(extname(entry.name))) files.push(path);
  }
}
