import { Code } from "@connectrpc/connect";
import { SignalboxError } from "@signalbox/sdk";
import { expect, test } from "vitest";
import { follow } from "./follow.ts";

const failure = (code: Code, reason = "X") => new SignalboxError({ reason, message: "broken", code });

/** Streams that give their parts and then end, or fail with their last part. */
function streams(...scripts: readonly (readonly (string | Error)[])[]) {
  const opened = scripts[Symbol.iterator]();
  return async function* () {
    for (const part of opened.next().value ?? []) {
      if (part instanceof Error) throw part;
      yield part;
    }
  };
}

async function heard(open: () => AsyncIterable<string>, patienceMs = 1000) {
  const parts: string[] = [];
  const told: string[] = [];
  const pauses: number[] = [];
  const wait = async (millis: number) => pauses.push(millis);
  const take = (part: string) => parts.push(part) > 0 && part === "end";
  const outcome = await follow({ open, take, tell: (line) => told.push(line), patienceMs, wait }).then(
    () => "done",
    (error: Error) => error,
  );
  return { parts, told, pauses, outcome };
}

test("a stream that breaks or just ends is opened again, with longer and longer pauses", async () => {
  const open = streams(["a", failure(Code.Unavailable)], [], [failure(Code.Unavailable)], ["b", "end", "never"]);
  expect(await heard(open)).toEqual({
    parts: ["a", "b", "end"],
    told: ["the connection was lost (broken); trying again", "connected again"],
    pauses: [250, 500, 1000],
    outcome: "done",
  });
});

test("an expired token is no reason to stop", async () => {
  expect((await heard(streams(["a", failure(Code.Unauthenticated, "TOKEN_EXPIRED")], ["end"]))).outcome).toBe("done");
});

test("a refusal ends the watch, and so does a stream that never began", async () => {
  const refused = failure(Code.NotFound);
  expect((await heard(streams(["a", refused]))).outcome).toBe(refused);
  const down = failure(Code.Unavailable);
  expect((await heard(streams([down]))).outcome).toBe(down);
});

test("patience ends", async () => {
  const { outcome, pauses } = await heard(streams(["a"]), 700);
  expect(pauses).toEqual([250, 500]);
  expect(outcome).toMatchObject({ failure: { exitCode: 6 } });
});

test("a silent stream counts as broken", async () => {
  let opened = 0;
  async function* open(signal: AbortSignal) {
    opened += 1;
    yield opened === 1 ? "a" : "end";
    await new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(failure(Code.Canceled)));
    });
  }
  await follow({ open, take: (part) => part === "end", tell: () => undefined, silenceMs: 20, wait: async () => undefined });
  expect(opened).toBe(2);
});
