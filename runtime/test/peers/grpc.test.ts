import { constants } from "node:http2";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { afterEach, describe, expect, test } from "vitest";
import { enveloped } from "../../src/wire/envelope.ts";
import { answerWell, type RudePeer, rudePeer } from "./rude-peer.ts";

let peer: RudePeer;
afterEach(() => peer.close());

const failure = (reason: Reason) => expect.objectContaining({ reason });

test("a call that nobody has begun to work on is sent again, whatever it does", async () => {
  peer = await rudePeer((stream, count) => (count === 1 ? stream.close(constants.NGHTTP2_REFUSED_STREAM) : answerWell(stream)));
  await peer.auth.signIn({});
  expect(peer.streams()).toBe(2);
});

test("a call that is cut off is sent again where it may be repeated, and fails as unavailable where not", async () => {
  peer = await rudePeer((stream, count) => (count % 2 === 1 ? stream.close(constants.NGHTTP2_CANCEL) : answerWell(stream)));
  await peer.runs.getRun({ run: "a" });
  expect(peer.streams()).toBe(2);
  await expect(peer.auth.signIn({})).rejects.toEqual(failure(Reason.UNAVAILABLE));
  expect(peer.streams()).toBe(3);
});

test("a connection that breaks is made anew, and what may be repeated is answered over the new one", async () => {
  peer = await rudePeer((stream, count) => (count === 1 ? stream.session?.socket.destroy() : answerWell(stream)));
  await peer.runs.getRun({ run: "a" });
  expect([peer.streams(), peer.sessions.length]).toEqual([2, 2]);
});

test("a service that takes its connection away answers what is under way, and is asked over a new one", async () => {
  peer = await rudePeer((stream, count) => {
    if (count > 1) return answerWell(stream);
    stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
    setTimeout(answerWell, 100, stream);
  });
  const first = peer.auth.signIn({});
  await expect.poll(() => peer.sessions.length).toBe(2);
  await peer.auth.signIn({});
  await first;
  expect(peer.streams()).toBe(2);
});

test("a service that fails on and on is not asked for ever", async () => {
  peer = await rudePeer((stream) => stream.close(constants.NGHTTP2_CANCEL));
  await expect(peer.runs.getRun({ run: "a" })).rejects.toEqual(failure(Reason.UNAVAILABLE));
  expect(peer.streams()).toBe(4);
  // Whatever many callers do: half of the budget goes, and the rest is for those whose call is their first.
  await Promise.allSettled(Array.from({ length: 60 }, () => peer.runs.getRun({ run: "a" })));
  const before = peer.streams();
  await peer.runs.getRun({ run: "a" }).catch(() => {});
  expect(peer.streams()).toBe(before + 1);
});

test("streams that one connection does not carry go over others", async () => {
  const held: (() => void)[] = [];
  peer = await rudePeer((stream) => {
    held.push(() => answerWell(stream));
  }, 10);
  const watching = Array.from({ length: 35 }, async () => {
    for await (const _ of peer.runs.watchRun({ run: "a" })) return "seen";
    return "nothing";
  });
  await expect.poll(() => held.length).toBe(35);
  expect(peer.sessions).toHaveLength(4);
  for (const go of held) go();
  expect(await Promise.all(watching)).toEqual(Array.from({ length: 35 }, () => "seen"));
});

test("a stream that is cut off before its first message is opened again, and one that has begun fails", async () => {
  peer = await rudePeer((stream, count) => {
    if (count === 1) return stream.close(constants.NGHTTP2_CANCEL);
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.write(enveloped(Buffer.alloc(0)), () => stream.close(constants.NGHTTP2_CANCEL));
  });
  let seen = 0;
  const watching = (async () => {
    for await (const _ of peer.runs.watchRun({ run: "a" })) seen++;
  })();
  await expect(watching).rejects.toEqual(failure(Reason.UNAVAILABLE));
  expect([seen, peer.streams()]).toEqual([1, 2]);
});

test("a call that is given up is ended at the service", async () => {
  const ended: number[] = [];
  peer = await rudePeer((stream) => stream.on("close", () => ended.push(stream.rstCode)));
  await expect(peer.runs.getRun({ run: "a" }, { timeoutMs: 100 })).rejects.toEqual(failure(Reason.DEADLINE_EXCEEDED));
  const away = new AbortController();
  const asking = peer.runs.getRun({ run: "a" }, { signal: away.signal });
  setTimeout(() => away.abort(), 100);
  await expect(asking).rejects.toThrow();
  await expect.poll(() => ended).toEqual([constants.NGHTTP2_CANCEL, constants.NGHTTP2_CANCEL]);
});

describe("an answer is refused", () => {
  const answered = async (write: (stream: Parameters<typeof answerWell>[0]) => void) => {
    peer = await rudePeer(write);
    return peer.auth.signIn({}, { timeoutMs: 2_000 }).catch((error: unknown) => error);
  };

  test("that a proxy gives instead of the service", async () => {
    expect(await answered((stream) => stream.respond({ ":status": 503 }, { endStream: true }))).toEqual(failure(Reason.UNAVAILABLE));
  });

  test("that ends without a message", async () => {
    const empty = await answered((stream) => stream.respond({ ":status": 200, "grpc-status": "0" }, { endStream: true }));
    expect(empty).toEqual(failure(Reason.METHOD_UNKNOWN));
  });

  test("that is two", async () => {
    const twice = await answered((stream) => {
      stream.respond({ ":status": 200 });
      stream.write(Buffer.concat([enveloped(Buffer.alloc(0)), enveloped(Buffer.alloc(0))]));
    });
    expect(twice).toEqual(failure(Reason.METHOD_UNKNOWN));
  });

  test("that says that it is larger than any", async () => {
    const large = await answered((stream) => {
      stream.respond({ ":status": 200 });
      stream.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
    });
    expect(large).toEqual(failure(Reason.BODY_TOO_LARGE));
  });
});

test("a service that is gone fails a call at once that may not be repeated, and says nothing of addresses", async () => {
  peer = await rudePeer((stream) => answerWell(stream));
  await peer.auth.signIn({});
  await peer.stop();
  await expect
    .poll(() => peer.auth.signIn({}).catch(({ message }: Error) => message), { timeout: 3_000 })
    .toBe("runs cannot be reached (ECONNREFUSED)");
});
