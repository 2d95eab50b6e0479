import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { expect, test } from "vitest";
import { newKeyringEntry, parseKeyring } from "./keys.ts";
import { serviceTokens } from "./service-token.ts";

const [oldEntry, newEntry] = [newKeyringEntry("old"), newKeyringEntry("new")];
let seconds = 1_790_000_000;
const clock = () => seconds * 1_000_000;
const tokens = (text: string) => serviceTokens(parseKeyring(text), clock);

test("the callee learns the caller's name", () => {
  const token = tokens(oldEntry).mint("runs", "rbac");
  const callee = tokens(oldEntry);
  expect(callee.verify(token, "rbac")).toBe("runs");
  expect(callee.verify(token, "rbac")).toBe("runs");
});

test("a token for one service is refused by another, also when it is remembered", () => {
  const all = tokens(oldEntry);
  const token = all.mint("runs", "rbac");
  for (let round = 0; round < 2; round += 1) {
    expect(() => all.verify(token, "org")).toThrow(expect.objectContaining({ reason: Reason.TOKEN_AUDIENCE_WRONG }));
    all.verify(token, "rbac");
  }
});

test("a token is used again until 20 seconds before it expires", () => {
  const { mint } = tokens(oldEntry);
  const first = mint("runs", "rbac");
  seconds += 39;
  expect(mint("runs", "rbac")).toBe(first);
  seconds += 1;
  expect(mint("runs", "rbac")).not.toBe(first);
});

test("a token ends a minute after it was issued by the clock of a machine five minutes behind, also when it is remembered", () => {
  const all = tokens(oldEntry);
  const token = all.mint("runs", "rbac");
  all.verify(token, "rbac");
  seconds += 369;
  all.verify(token, "rbac");
  seconds += 1;
  expect(() => all.verify(token, "rbac")).toThrow(expect.objectContaining({ reason: Reason.TOKEN_EXPIRED }));
});

test("both secrets count during a rotation, and only the new one after it", () => {
  const old = tokens(oldEntry).mint("runs", "rbac");
  const during = tokens(`${newEntry},${oldEntry}`);
  expect(during.verify(old, "rbac")).toBe("runs");
  const after = tokens(newEntry);
  expect(after.verify(during.mint("runs", "rbac"), "rbac")).toBe("runs");
  expect(() => after.verify(old, "rbac")).toThrow(expect.objectContaining({ reason: Reason.TOKEN_INVALID }));
});

test("a token with another caller's name written into it is refused", () => {
  const all = tokens(oldEntry);
  const [head, body = "", tail] = all.mint("runs", "rbac").split(".");
  const forged = Buffer.from(body, "base64url").toString().replace("runs", "edge");
  expect(() => all.verify(`${head}.${Buffer.from(forged).toString("base64url")}.${tail}`, "rbac")).toThrow(
    expect.objectContaining({ reason: Reason.TOKEN_INVALID }),
  );
  expect(() => all.mint("runs/x", "rbac")).toThrow("does not name two services");
});
