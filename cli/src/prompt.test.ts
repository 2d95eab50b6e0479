import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { ask, askSecret } from "./prompt.ts";

function someone(typed: string) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const shown: string[] = [];
  setImmediate(() => stdin.write(typed));
  return {
    shown,
    terminal: { stdin, stdout: { write: () => true }, stderr: { write: (text: string) => shown.push(text), isTTY: true }, env: {} },
  };
}

test("a secret is heard and not shown", async () => {
  const { terminal, shown } = someone("correct horse\r");
  expect(await askSecret(terminal, "password", "--password-stdin")).toBe("correct horse");
  expect(shown.join("")).toBe("password: \n");
});

test("anything else is shown while it is typed", async () => {
  const { terminal, shown } = someone("ada\r");
  expect(await ask(terminal, "user name", "--user")).toBe("ada");
  expect(shown.join("")).toContain("user name: ");
  expect(shown.join("")).toContain("ada");
});

test("whoever gives up is not asked on", async () => {
  const { terminal } = someone("\u0003");
  await expect(askSecret(terminal, "password", "--password-stdin")).rejects.toThrow("given up");
});
