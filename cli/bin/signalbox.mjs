#!/usr/bin/env node
// Starts the command line: from its sources inside the repository, from built JavaScript where it was installed.
// Plain JavaScript, so that an older Node gets as far as the sentence below.
import { existsSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const source = new URL("../src/main.ts", import.meta.url);
const fromSource = existsSync(source);
if (fromSource && Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`error: signalbox runs from its sources here and needs Node 24 for that; this is Node ${process.versions.node}.`);
  console.error("hint:  npx signalbox brings its own Node on Linux x64 and arm64; elsewhere install Node 24 from nodejs.org.");
  process.exit(1);
}
// A reader that has seen enough ("| head") is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
// Compiling is half of a start, and a shell that completes starts it at each tab. The folder is the user's own: whoever else
// could write there would run code here. An older Node has none.
module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "signalbox"));
const { main } = await import(fromSource ? source.href : new URL("../dist/main.js", import.meta.url).href);
process.exitCode = await main(process.argv.slice(2), process);
// A shell waits for the end of this one, and has no use for what is still under way.
if (process.argv[2] === "__complete") process.stdout.write("", () => process.exit());
