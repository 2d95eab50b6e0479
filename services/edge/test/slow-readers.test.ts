import { request as requestHttp } from "node:http";
import { connect } from "node:http2";
import type { Readable } from "node:stream";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { WatchRunResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Listening } from "../src/listener.ts";
import { openDoor } from "./door.ts";

const messageBytes = 16 * 1024;
const name = "x".repeat(messageBytes);

let made: number;
let enough: boolean;
let door: Listening;
beforeEach(async () => {
  made = 0;
  enough = false;
  door = await openDoor({
    runs: {
      async *watchRun(_, { signal }) {
        while (!signal.aborted && !enough) yield { part: { case: "run", value: { name, revision: BigInt(++made) } } };
      },
    },
  });
});
afterEach(() => door.close(100));

/** How much may be under way to one who does not read: the window of a stream, or what two sockets hold, and what waits to be written. */
const mostBytes = { "2": 512 * 1024, "1.1": 16 * 1024 * 1024 };

test.each([
  ["application/connect+json", "1.1"],
  ["application/connect+proto", "2"],
  ["application/grpc", "2"],
  ["application/grpc-web+proto", "1.1"],
] as const)(
  "over %s and HTTP/%s next to nothing is made for a watcher that does not read, and it goes on where it stopped",
  async (type, http) => {
    const answer = await watch(type, http);
    for (let before = -1; before < made || made === 0; ) {
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const stopped = made;
    expect(stopped * messageBytes).toBeLessThan(mostBytes[http]);
    let last = 0;
    for await (const message of messagesOf(answer)) {
      const { part } = type.endsWith("json")
        ? fromJsonString(WatchRunResponseSchema, `${message}`)
        : fromBinary(WatchRunResponseSchema, message);
      expect(part.case === "run" && part.value.revision).toBe(BigInt(++last));
      enough = last >= stopped + 10;
    }
    expect(last).toBe(made);
    expect(last).toBeGreaterThan(stopped);
  },
);

/** The body of the answer, of which nothing has been read. */
function watch(type: string, http: "1.1" | "2"): Promise<Readable> {
  const path = "/signalbox.runs.v1.RunService/WatchRun";
  const request = Buffer.from(type.endsWith("json") ? '{"run":"any"}' : "\n\x03any");
  const envelope = Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]);
  return new Promise((resolve, reject) => {
    if (http === "2") {
      const session = connect(door.url);
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": type, te: "trailers" });
      stream.on("error", reject).on("response", () => resolve(stream));
      stream.on("close", () => session.destroy());
      stream.end(envelope);
    } else {
      const asked = requestHttp(`${door.url}${path}`, { method: "POST", headers: { "content-type": type } }, resolve);
      asked.on("error", reject).end(envelope);
    }
  });
}

/** Every wire puts flags and a length before each message. What has flags here is what comes after the last one. */
async function* messagesOf(body: Readable): AsyncIterable<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of body) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 5 && held.length >= 5 + held.readUInt32BE(1)) {
      const end = 5 + held.readUInt32BE(1);
      if (held[0] === 0) yield held.subarray(5, end);
      held = held.subarray(end);
    }
  }
}
