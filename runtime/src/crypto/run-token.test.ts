import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { expect, test } from "vitest";
import { newKeyringEntry, parseKeyring } from "./keys.ts";
import { isRunToken, runTokens } from "./run-token.ts";
import { serviceTokens } from "./service-token.ts";

const [oldEntry, newEntry] = [newKeyringEntry("old"), newKeyringEntry("new")];
let seconds = 1_790_000_000;
const clock = () => seconds * 1_000_000;
const tokens = (text: string) => runTokens(parseKeyring(text), clock);
const grant = { workspace: "w", project: "p", run: "r", sub: "u", generation: 1 };

test("a run token says which run it reports for", () => {
  const { token, claims } = tokens(oldEntry).mint(grant, 3600);
  expect(token.startsWith("sbt_eyJ")).toBe(true);
  expect(isRunToken(token)).toBe(true);
  const verifier = tokens(`${newEntry},${oldEntry}`);
  expect(verifier.verify(token)).toEqual({ ...grant, iat: seconds, exp: seconds + 3600 });
  expect(verifier.verify(token)).toEqual(claims);
});

test("one that names no generation is of the first", () => {
  const { generation: _, ...before } = grant;
  const { token } = tokens(oldEntry).mint(before as typeof grant, 3600);
  expect(tokens(oldEntry).verify(token)).toMatchObject(grant);
});

test("it expires", () => {
  const all = tokens(oldEntry);
  const { token } = all.mint(grant, 3600);
  all.verify(token);
  seconds += 3610;
  expect(() => all.verify(token)).toThrow(expect.objectContaining({ reason: Reason.TOKEN_EXPIRED }));
});

test("another plane's token, a service's token and an altered one are refused", () => {
  const all = tokens(oldEntry);
  const { token } = all.mint(grant, 60);
  const service = serviceTokens(parseKeyring(oldEntry), clock).mint("runs", "rbac");
  for (const bad of [tokens(newEntry).mint(grant, 60).token, service, `sbt_${service}`, token.slice(4), `${token.slice(0, -2)}AA`, ""]) {
    expect(() => all.verify(bad)).toThrow(expect.objectContaining({ reason: Reason.TOKEN_INVALID }));
  }
});
