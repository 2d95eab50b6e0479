import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheKeyOf, codeHashOf } from "../cache/cache-key.ts";
import { callerFile } from "./caller.ts";
import { withoutPassword } from "./git.ts";
import { packageHash } from "./package-hash.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "signalbox-code-"));
  await mkdir(join(folder, "src", "node_modules"), { recursive: true });
  await writeFile(join(folder, "package.json"), "{}");
  await writeFile(join(folder, "src", "a.ts"), "1");
});
afterEach(() => rm(folder, { recursive: true }));
const hash = () => packageHash(join(folder, "src", "a.ts"));

test("a source that changes, comes or is renamed changes the hash of its package", async () => {
  const hashes = [await hash()];
  await writeFile(join(folder, "src", "a.ts"), "2");
  hashes.push(await hash());
  await writeFile(join(folder, "b.json"), "1");
  hashes.push(await hash());
  await rm(join(folder, "b.json"));
  await writeFile(join(folder, "c.json"), "1");
  hashes.push(await hash());
  expect(new Set(hashes).size).toBe(4);
});

test("what is no source changes nothing", async () => {
  const before = await hash();
  await writeFile(join(folder, "notes.md"), "1");
  await writeFile(join(folder, ".hidden.ts"), "1");
  await writeFile(join(folder, "src", "node_modules", "x.js"), "1");
  expect(await hash()).toBe(before);
});

test("a key depends on each of its parts and not on the order of names", () => {
  const parts = { project: "p", pipeline: "q", step: "s", codeHash: "c", parameters: { a: 1, b: 2 }, inputs: { x: "sha256:1" } };
  const same = { ...parts, parameters: { b: 2, a: 1 } };
  expect(cacheKeyOf(same)).toBe(cacheKeyOf(parts));
  const others = [
    { project: "P" },
    { pipeline: "Q" },
    { step: "S" },
    { codeHash: "C" },
    { parameters: { a: 1 } },
    { inputs: { y: "sha256:1" } },
  ];
  expect(new Set([parts, ...others.map((other) => ({ ...parts, ...other }))].map(cacheKeyOf)).size).toBe(7);
  expect(codeHashOf(() => 1, "p")).not.toBe(codeHashOf(() => 2, "p"));
});

test("the caller is the first file on the stack that is not the SDK's", () => {
  const own = new URL("../box.ts", import.meta.url).href;
  const stack = ["Error: where", `    at Object.startRun (${own}:1:1)`, "    at async run (file:///home/ada/my%20work/train.ts:3:9)"].join(
    "\n",
  );
  expect(callerFile(stack)).toBe("/home/ada/my work/train.ts");
  expect(callerFile("Error\n    at /home/ada/train.js:3:9")).toBe("/home/ada/train.js");
});

test("the address of a repository is kept without its password", () => {
  expect(withoutPassword("https://ada:secret@git.example.org/a.git")).toBe("https://git.example.org/a.git");
  expect(withoutPassword("git@git.example.org:a.git")).toBe("git@git.example.org:a.git");
});
