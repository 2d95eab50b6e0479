import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installPackages, mayInstallPackages } from "./servers/debian.ts";

const run = promisify(execFile);
const ownFolder = fileURLToPath(new URL("../../node_modules/.cache/python", import.meta.url));
const own = `${ownFolder}/bin/python3`;
const withinMs = 90_000;

const knowsGrpc = (python: string): Promise<boolean> =>
  run(python, ["-c", "import grpc, google.protobuf"], { timeout: withinMs }).then(
    () => true,
    () => false,
  );

async function firstOf(pythons: readonly string[]): Promise<string | undefined> {
  for (const python of pythons) if (await knowsGrpc(python)) return python;
  return undefined;
}

/**
 * A Python with grpcio: one of this machine, or one that gets it from Debian, or from PyPI into a folder of the tests.
 * Otherwise why there is none.
 */
export async function pythonWithGrpc(): Promise<{ readonly python: string } | { readonly reason: string }> {
  const found = await firstOf(["python3", "/usr/bin/python3", own]);
  if (found !== undefined) return { python: found };
  const tries: string[] = [];
  const attempt = async (what: () => Promise<unknown>) => {
    await what().catch((error: unknown) => tries.push(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)));
  };
  if (mayInstallPackages()) await attempt(() => installPackages(["python3-grpcio", "python3-protobuf"], AbortSignal.timeout(withinMs)));
  const debian = await firstOf(["/usr/bin/python3"]);
  if (debian !== undefined) return { python: debian };
  if (!existsSync(own)) await attempt(() => run("python3", ["-m", "venv", ownFolder], { timeout: withinMs }));
  await attempt(() => run(own, ["-m", "pip", "install", "--quiet", "grpcio", "protobuf"], { timeout: withinMs }));
  const made = await firstOf([own]);
  return made === undefined ? { reason: `no Python has grpcio, and it could not be brought: ${tries.join("; ")}` } : { python: made };
}
