import { PassThrough } from "node:stream";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { expect, test } from "vitest";
import { mintKey } from "../crypto/api-key.ts";
import { newKeyringEntry, parseKeyring } from "../crypto/keys.ts";
import { runTokens } from "../crypto/run-token.ts";
import { SignalboxError } from "../errors.ts";
import { newId } from "../ids.ts";
import { type Log, openLog } from "./log.ts";

function written(write: (log: Log) => void): { text: string; line: Record<string, unknown> } {
  const destination = new PassThrough();
  write(openLog({ service: "runs", level: "info", destination }));
  const text = String(destination.read() ?? "");
  return { text, line: text ? JSON.parse(text) : {} };
}

const { text: apiKey } = mintKey("personal", newId());
const { token } = runTokens(parseKeyring(newKeyringEntry("k")), () => 1).mint(
  { workspace: "w", project: "p", run: "r", sub: "u", generation: 1 },
  60,
);

test("a line is JSON with level, time, service and text", () => {
  const { line, text } = written((log) => log.info({ run: "r1", ms: 3 }, "served"));
  expect(line).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    service: "runs",
    run: "r1",
    ms: 3,
    msg: "served",
  });
  expect(text.endsWith("}\n")).toBe(true);
  expect(written((log) => log.debug("quiet")).text).toBe("");
});

test("secrets are masked by name, at any depth and in every spelling", () => {
  const secrets = {
    authorization: "hunter2",
    Cookie: "hunter2",
    "x-api-key": "hunter2",
    apiKey: "hunter2",
    client_secret: "hunter2",
    values: { a: "hunter2" },
    deep: { list: [{ accessToken: "hunter2", password: "hunter2" }] },
  };
  const { text, line } = written((log) =>
    log.child({ refresh_token: "hunter2" }).info({ ...secrets, tokens: ["hunter2"], keyboard: "qwerty" }),
  );
  expect(text).not.toContain("hunter2");
  expect(line.keyboard).toBe("qwerty");
});

test("what looks like a credential is masked wherever it stands", () => {
  const { text } = written((log) =>
    log
      .child({ from: apiKey })
      .error({ err: new Error(`bad ${token}`, { cause: new Error(apiKey) }), note: `Bearer ${token.slice(4)}` }, `got ${apiKey}`),
  );
  for (const secret of [apiKey, token, ...token.slice(4).split(".")]) expect(text).not.toContain(secret);
  expect(text).toContain("got sbp_[redacted]");
  expect(text).toContain("bad sbt_[redacted]");
});

test("a password in a URL is masked, the rest of the URL is kept", () => {
  const { line } = written((log) => log.info({ url: "postgres://me:hunter2@db/x" }, "cannot reach redis://:hunter2@cache:6379"));
  expect(line).toMatchObject({ url: "postgres://me:[redacted]@db/x", msg: "cannot reach redis://:[redacted]@cache:6379" });
});

test("an error is spelled out with its reason, its stack and its causes", () => {
  const err = new SignalboxError(Reason.NOT_FOUND, "gone", {
    metadata: { type: "run" },
    cause: new AggregateError([new Error("one")], "many"),
  });
  const { line } = written((log) => log.error({ err }, "failed"));
  expect(line.err).toMatchObject({
    type: "SignalboxError",
    message: "gone",
    reason: Reason.NOT_FOUND,
    metadata: { type: "run" },
    stack: expect.stringContaining("log.test.ts"),
    cause: { type: "AggregateError", message: "many", errors: [{ message: "one" }] },
  });
  expect(written((log) => log.error(new Error("bare"))).line).toMatchObject({ err: { message: "bare" }, msg: "bare" });
});

test("what cannot be printed is described", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const { line } = written((log) => log.info({ id: Buffer.alloc(16), count: 5n, circle, at: new Date(0) }));
  expect(line).toMatchObject({ id: "[16 bytes]", count: "5", at: "1970-01-01T00:00:00.000Z" });
});
