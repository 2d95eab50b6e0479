import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files below a folder, as paths relative to it. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** What would have to change in the folder `is` to equal the folder `wanted`: one line a file. */
export function differences(is: string, wanted: string): string[] {
  const have = new Set(filesBelow(is));
  const want = new Set(filesBelow(wanted));
  return [...new Set([...have, ...want])].sort().flatMap((file) => {
    if (!have.has(file)) return [`missing: ${file}`];
    if (!want.has(file)) return [`left over: ${file}`];
    return readFileSync(join(is, file)).equals(readFileSync(join(wanted, file))) ? [] : [`out of date: ${file}`];
  });
}
