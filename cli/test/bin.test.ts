import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/signalbox.mjs", import.meta.url));
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

test("the program runs from its sources and says the version of its package", () => {
  const { stdout, status } = spawnSync(process.execPath, [bin, "--version"], { encoding: "utf8" });
  expect({ stdout, status }).toEqual({ stdout: `${version}\n`, status: 0 });
});

test("a reader that stops early is no failure", () => {
  const { stdout, stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${bin}" api --list | head -1`], { encoding: "utf8" });
  expect(stdout.split("\n")[0]).toMatch(/^METHOD/);
  expect(stderr).toBe("");
});
