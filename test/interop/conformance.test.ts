import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bringConformance } from "../src/conformance.ts";
import { isSoak } from "../src/rounds.ts";

const own = fileURLToPath(new URL("../conformance/", import.meta.url));
const brought = await bringConformance();
if ("reason" in brought) console.warn(`skipped: "the conformance tests of Connect": ${brought.reason}`);
else if (!isSoak)
  console.warn("shortened: the conformance tests of the edge run in clear text and without compression; all of them by npm run soak");

interface Result {
  readonly passed: number;
  readonly failed: readonly string[];
}

/** Runs the cases of a server that is ours. Those of its list of known failures have to fail. */
async function conform(server: string, name: string, ...more: string[]): Promise<Result> {
  if ("reason" in brought) throw new Error(brought.reason);
  const { runner, contract } = brought;
  const lists = ["--known-failing", `@${own}known-failing-${name}.txt`, "--known-flaky", `@${own}known-flaky.txt`];
  const words = ["--mode", "server", "--conf", `${own}${name}.yaml`, ...lists];
  const child = spawn(
    runner,
    [...words, ...more, "--parallel", "4", "--max-servers", "2", "--", process.execPath, `${own}server.ts`, server],
    {
      env: { ...process.env, CONFORMANCE_CONTRACT: contract },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: isSoak ? 600_000 : 150_000,
    },
  );
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  const failed = [...text.matchAll(/^FAILED: (.*):$/gm)].map(([, title = ""]) => title);
  if (code !== 0 && failed.length === 0) throw new Error(`connectconformance ended with ${code}:\n${text.slice(-4_000)}`);
  // Cases of deadlines are excused for what the details say, and for nothing else.
  expect(text).not.toMatch(/^INFO: Timeouts.*\n.*does not match expected code/m);
  return { passed: Number(/(\d+) passed/.exec(text)?.[1] ?? 0), failed };
}

describe.skipIf("reason" in brought)("the conformance tests of Connect", () => {
  const shortened = [
    "**/Compression:COMPRESSION_IDENTITY/TLS:false/**",
    "Connect Unexpected Requests/**/TLS:false/**",
    "gRPC Unexpected Requests/**/TLS:false/**",
    "gRPC-Web Unexpected Requests/**/TLS:false/**",
  ].flatMap((cases) => ["--run", cases]);

  test("the gRPC server of every service passes them", async () => {
    const { failed, passed } = await conform("grpc", "grpc");
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(450);
  }, 160_000);

  test.each([
    ["edge", "one process, where it reads every message"],
    ["edge-unread", "a mesh, where protobuf passes it unread"],
  ])(
    "the wires of the %s pass them as in %s",
    async (server) => {
      const { failed, passed } = await conform(server, "edge", ...(isSoak ? [] : shortened));
      expect(failed).toEqual([]);
      expect(passed).toBeGreaterThan(isSoak ? 4_500 : 700);
    },
    620_000,
  );
});
