// Runs a TypeScript program of this repository, after a look at the Node that is about to run it.
// Plain JavaScript, so that an older Node gets as far as the sentence below.
import * as modules from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [file, ...rest] = process.argv.slice(2);
if (!file) {
  console.error("usage: node deploy/node-check.mjs <file.ts> [arguments]");
  process.exit(2);
}
if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(
    `Signalbox needs Node 24; this is Node ${process.versions.node}. ` +
      "On Linux x64 and arm64 npm brings it: run it through npm (npm run quickstart); elsewhere install Node 24 from nodejs.org.",
  );
  process.exit(1);
}
// What was compiled once is read the next time: it halves the time to start. Where the folder cannot be written nothing is kept.
modules.enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/node", import.meta.url)));
const program = resolve(file);
process.argv = [process.argv[0], program, ...rest];
await import(pathToFileURL(program).href);
