import { dirname, sep } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

const sdkFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** The file of the code that called the SDK: the first on the stack outside of it, else the program itself. */
export function callerFile(stack = new Error("where").stack ?? ""): string {
  for (const line of stack.split("\n").slice(1)) {
    const place = /\(?((?:file:\/\/)?\/[^()]*?|[A-Za-z]:\\[^()]*?):\d+:\d+\)?$/.exec(line)?.[1];
    if (place === undefined || line.includes("node:internal")) continue;
    const file = place.startsWith("file:") ? fileURLToPath(place) : place;
    if (!file.startsWith(sdkFolder + sep)) return file;
  }
  return argv[1] ?? "";
}
