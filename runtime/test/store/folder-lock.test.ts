import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockFolder } from "../../src/store/folder-lock.ts";

const source = new URL("../../src/store/folder-lock.ts", import.meta.url).href;

describe("the lock of a folder", () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-"));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  /** Another program that takes the folder and then waits; resolves with what it says first. */
  async function program(): Promise<{ child: ChildProcess; says: string }> {
    const text = `import { lockFolder } from ${JSON.stringify(source)};
      try { lockFolder(${JSON.stringify(folder)}); console.log("taken"); setInterval(() => {}, 1000); } catch (error) { console.log(error.message); }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", text], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const [says] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    return { child, says: String(says).trim() };
  }

  test("refuses a second program in words", async () => {
    expect((await program()).says).toBe("taken");
    expect((await program()).says).toContain(`another Signalbox program is using the folder ${folder}`);
    expect(() => lockFolder(folder)).toThrow("another Signalbox program");
  });

  test("ends with a program that is killed", async () => {
    const { child } = await program();
    child.kill("SIGKILL");
    await once(child, "exit");
    lockFolder(folder).release();
  });

  test("refuses the same program too, until it is released", () => {
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow("another Signalbox program");
    lock.release();
    lockFolder(folder).release();
  });
});
