import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const version = "v1.0.7";
const folder = `${root}node_modules/.cache/connectconformance-${version}`;
const buildWithinMs = 300_000;

/** The conformance tests of Connect: the program that runs them, and the contract that a server under test answers, as a descriptor set. */
export interface Conformance {
  readonly runner: string;
  readonly contract: string;
}

/** Brings the runner, which is built once from its Go module; otherwise says why it cannot be. */
export async function bringConformance(): Promise<Conformance | { readonly reason: string }> {
  const brought = { runner: `${folder}/connectconformance`, contract: `${folder}/contract.binpb` };
  if (existsSync(brought.runner) && existsSync(brought.contract)) return brought;
  const environment = { ...process.env, GOBIN: folder, GOFLAGS: "-mod=mod" };
  const go = (...words: string[]) => run("go", words, { env: environment, timeout: buildWithinMs });
  try {
    await go("version");
  } catch {
    return { reason: "Go is not installed" };
  }
  try {
    await go("install", `connectrpc.com/conformance/cmd/connectconformance@${version}`);
    const { stdout } = await go("mod", "download", "-json", `connectrpc.com/conformance@${version}`);
    const { Dir: module } = JSON.parse(stdout) as { Dir: string };
    await run(`${root}node_modules/.bin/buf`, ["build", `${module}/proto`, "--output", brought.contract]);
    return brought;
  } catch (error) {
    return { reason: `it could not be built: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}` };
  }
}
