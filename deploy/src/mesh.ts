import { type ChildProcess, spawn } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { fileURLToPath } from "node:url";
import { serviceNames } from "@signalbox/runtime/contract/services.ts";
import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";
import { bootstrapOnce } from "./bootstrap-once.ts";
import { explainStart } from "./explain-start.ts";

// Eight processes on loopback: every service and the edge, for development and for tests of the mesh itself.
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const environment = {
  ...process.env,
  // What one of them has compiled, the others need not.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? getCompileCacheDir(),
  // Keys that last as long as this mesh are good enough where no data outlives it; SIGNALBOX_SEALING_KEYS keeps secrets readable.
  SIGNALBOX_MESH_KEYS: process.env.SIGNALBOX_MESH_KEYS ?? newKeyringEntry("dev"),
};

function start(name: string): ChildProcess {
  // Groups of their own: Ctrl-C reaches this program only, which passes it on. Twice would mean: at once.
  const child = spawn(process.execPath, [...process.execArgv, main, name], { env: environment, stdio: "inherit", detached: true });
  child.on("exit", (code, signal) => {
    if (stopping) return;
    process.stderr.write(`${name} ended ${signal ?? `with ${code}`}: stopping the mesh\n`);
    process.exitCode = 1;
    stop("SIGTERM");
  });
  return child;
}

let stopping = false;
let children: readonly ChildProcess[] = [];

function stop(signal: NodeJS.Signals): void {
  stopping = true;
  for (const child of children) child.kill(signal);
}

try {
  if (!process.env.SIGNALBOX_DATABASE_URL)
    throw new Error("Say which database to use: SIGNALBOX_DATABASE_URL=postgres://user:password@host/database npm run mesh");
  if (!process.env.SIGNALBOX_SEALING_KEYS)
    throw new Error(`Say what stored secrets are sealed under, and keep it: SIGNALBOX_SEALING_KEYS=${newKeyringEntry("k1")}`);
  await bootstrapOnce(environment);
  children = [...serviceNames, "edge"].map(start);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal === "SIGHUP" ? "SIGTERM" : signal));
} catch (error) {
  process.stderr.write(`${explainStart(error)}\n`);
  process.exit(1);
}
