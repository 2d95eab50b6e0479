import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "@signalbox/test/program.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// Each test starts programs, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-quickstart-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function quickstart(): Promise<string> {
  const program = runProgram(
    "deploy/node-check.mjs",
    {
      SIGNALBOX_DATA: join(folder, "data"),
      SIGNALBOX_ARTIFACTS: join(folder, "artifacts"),
      SIGNALBOX_PORT: "0",
      XDG_CONFIG_HOME: join(folder, "config"),
    },
    { args: ["deploy/src/quickstart.ts", "--exit"] },
  );
  expect([await program.ended, program.err()]).toEqual([0, ""]);
  return program.out();
}

test("shows a run and its lineage, the same from the cache, what differs with another seed, and the better model in production", async () => {
  const first = await quickstart();
  expect(first).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+ {3}admin \/ [a-z2-9-]{19} \(shown once/m);
  expect(first).toMatch(/penguins · run [a-z]+-[a-z]+/);
  for (const step of ["load", "clean", "split", "train rate=0.1", "train rate=0.01", "evaluate", "register"]) expect(first).toContain(step);
  expect(first).toMatch(/penguin-classifier 1 was made from/);
  const [, run = "", again = "", compared = "", promoted = ""] = first.split(/^[1-4] · /m);
  expect(run).not.toContain("cached from");
  expect(again).toMatch(/^The same again/);
  expect(again.match(/cached from/g)).toHaveLength(6);
  expect(again).toMatch(/6 cached/);
  expect(compared.match(/(load|clean): cached/g)).toHaveLength(2);
  expect(compared).toMatch(/WHAT +WHERE +[a-z]+-[a-z]+ +[a-z]+-[a-z]+/);
  expect(compared).toMatch(/parameters +\/seed +7 +9/);
  expect(compared).toMatch(/metrics +train rate=0.1 loss +0\.\d+ +0\.\d+/);
  expect(compared).toMatch(/metrics +evaluate accuracy +0\.985 +1$/m);
  expect(promoted).toMatch(
    /penguin-classifier 3 stands at production and goes by @champion: accuracy 1\.000, against 0\.985 of version 1$/m,
  );
  expect(promoted).toMatch(/next +npx signalbox runs show [a-z]+-[a-z]+/);

  const second = await quickstart();
  expect(second).not.toContain("shown once");
  expect(second.match(/cached from/g)).toHaveLength(12);
  expect(second).toMatch(/penguin-classifier 4 was made from/);
  expect(second).toMatch(/penguin-classifier 6 stands at production/);
});

/** The Node that the machine has beside the repository's own, if it is too old. */
function oldNode(): string | undefined {
  const path = "/usr/bin/node";
  try {
    return Number.parseInt(execFileSync(path, ["-p", "process.versions.node"]).toString(), 10) < 24 ? path : undefined;
  } catch {
    return undefined;
  }
}

const old = oldNode();
if (old === undefined) console.warn('skipped: "an older Node is told which one is needed" needs a Node older than 24 at /usr/bin/node');

test.skipIf(old === undefined)("an older Node is told which one is needed", async () => {
  const program = runProgram("deploy/node-check.mjs", {}, { args: ["deploy/src/start.ts"], node: old ?? "" });
  expect(await program.ended).toBe(1);
  expect(program.err()).toMatch(/^Signalbox needs Node 24; this is Node \d+\.\d+\.\d+\. .*nodejs\.org\.\n$/);
});
