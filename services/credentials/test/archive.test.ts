import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archiveOf } from "../src/code/host/archive.ts";
import { outwardTo } from "../src/outbound/outward.ts";
import { type TestServer, testServer } from "./http-server.ts";

let server: TestServer;
let answer: (response: ServerResponse) => void;
let left: Promise<void>;
beforeAll(async () => {
  server = await testServer((_, response) => {
    left = new Promise((resolve) => response.on("close", resolve));
    answer(response);
  });
});
afterAll(() => server?.close());

const start = gzipSync(Buffer.alloc(0));

function archive({ timeoutMs = 5_000, mostBytes = 1_000_000, signal = new AbortController().signal } = {}) {
  const asked = { provider: "gitlab" as const, outward: outwardTo(["127.0.0.1"]), authorization: undefined, signal, timeoutMs };
  return archiveOf({ url: `${server.url}/archive`, accept: "*/*" }, asked, new Error("missing"), mostBytes);
}

async function sizeOf(chunks: AsyncIterable<Buffer>): Promise<number> {
  let size = 0;
  for await (const { length } of chunks) size += length;
  return size;
}

const unavailable = (code: string) => ({ reason: Reason.PROVIDER_UNAVAILABLE, metadata: { provider: "gitlab", code } });

test("an archive comes in chunks of at most 256 KiB", async () => {
  answer = (response) => response.end(Buffer.concat([start, Buffer.alloc(900_000)]));
  const sizes: number[] = [];
  for await (const { length } of archive()) sizes.push(length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(start.length + 900_000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
});

test("one that is too large breaks off, and so does the connection", async () => {
  answer = (response) => {
    response.write(start);
    const flood = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", flood);
    flood();
  };
  await expect(sizeOf(archive())).rejects.toMatchObject(unavailable("answer_too_large"));
  await left;
});

test.each([
  ["never begins", () => {}],
  ["stops on the way", (response: ServerResponse) => response.write(start)],
])("one that %s is not waited for", async (_, stalling) => {
  answer = stalling;
  await expect(sizeOf(archive({ timeoutMs: 200 }))).rejects.toMatchObject(unavailable("timeout"));
  await left;
});

test("one that breaks off is not taken for whole", async () => {
  answer = (response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write(start, () => response.destroy());
  };
  await expect(sizeOf(archive())).rejects.toMatchObject({ reason: Reason.PROVIDER_UNAVAILABLE });
});

test.each([
  ["a page to sign in", Buffer.from("<html>canary</html>")],
  ["nothing", Buffer.alloc(0)],
])("%s is passed on to nobody", async (_, body) => {
  answer = (response) => response.end(body);
  const seen: Buffer[] = [];
  const taking = async () => {
    for await (const chunk of archive()) seen.push(chunk);
  };
  await expect(taking()).rejects.toMatchObject(unavailable("answer_unreadable"));
  expect(seen).toEqual([]);
});

test("how a host cuts what it sends does not hide what it is", async () => {
  const byBytes = (body: Buffer) => (response: ServerResponse) => {
    response.write(body.subarray(0, 1), () => setTimeout(() => response.end(body.subarray(1)), 50));
  };
  answer = byBytes(start);
  expect(await sizeOf(archive())).toBe(start.length);
  answer = byBytes(Buffer.from([0x1f, 0x20, 0x63]));
  await expect(sizeOf(archive())).rejects.toMatchObject(unavailable("answer_unreadable"));
});

test("whoever goes away takes the connection along", async () => {
  answer = (response) => response.write(Buffer.concat([start, Buffer.alloc(1_000)]));
  for await (const chunk of archive()) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  await left;
  const going = new AbortController();
  const taking = sizeOf(archive({ signal: going.signal }));
  setTimeout(() => going.abort(new Error("gone")), 100);
  await expect(taking).rejects.toThrow("gone");
  await left;
});
