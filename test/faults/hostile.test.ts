import { connect as connectHttp2, constants } from "node:http2";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Health } from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reasonOf } from "../src/answer.ts";
import { type BoxProcess, startBoxProcess } from "../src/box-process.ts";
import { dribble, frame, frameType, pour, preface, type Rough, rough } from "../src/frames.ts";
import { freePorts } from "../src/free-ports.ts";
import { type Program, runProgram } from "../src/program.ts";
import { lasting } from "../src/rounds.ts";
import { enter, workspace } from "../src/scene.ts";

const crowd = lasting(200, 1_000);
const many = (count: number, open: () => Rough): Rough[] => Array.from({ length: count }, open);
const stillOpen = (connections: readonly Rough[]) => connections.filter(({ isOpen }) => isOpen()).length;
const endHeaders = 4;

/** Runs an attack, and tells how long calls of others took meanwhile, at most. */
async function meanwhile(call: () => Promise<unknown>, attack: () => Promise<unknown>): Promise<number> {
  let over = false;
  let worst = 0;
  const calling = (async () => {
    while (!over) {
      const began = performance.now();
      await call();
      worst = Math.max(worst, performance.now() - began);
      await sleep(20);
    }
  })();
  await attack().finally(() => {
    over = true;
  });
  await calling;
  return worst;
}

/** What every port that speaks HTTP/2 withstands. */
function http2Attacks(port: () => number, call: () => Promise<unknown>): void {
  test("streams that are opened and reset at once cost their connection", async () => {
    const session = connectHttp2(`http://127.0.0.1:${port()}`);
    session.on("error", () => {});
    const closed = new Promise((resolve) => session.once("close", resolve));
    const worst = await meanwhile(call, async () => {
      for (let made = 0; !session.destroyed && made < 50_000; made++) {
        const stream = session.request({ ":method": "POST", ":path": "/grpc.health.v1.Health/Check" });
        stream.on("error", () => {});
        stream.close(constants.NGHTTP2_CANCEL);
        if (made % 100 === 0) await sleep(1);
      }
      await closed;
    });
    expect(session.destroyed).toBe(true);
    expect(worst).toBeLessThan(2_000);
  });

  test("headers that never end cost their connection", async () => {
    const flood = rough(port());
    flood.socket.write(preface);
    flood.socket.write(frame(frameType.headers, 0, 1, Buffer.alloc(16, 0x82)));
    const worst = await meanwhile(call, async () => {
      pour(flood, frame(frameType.continuation, 0, 1, Buffer.alloc(8_192, 0x82)));
      expect(await flood.closed).toBeLessThan(10_000);
    });
    expect(worst).toBeLessThan(2_000);
  });

  test("a frame that says it is larger than any may be costs its connection", async () => {
    const giant = rough(port());
    giant.socket.write(preface);
    giant.socket.write(frame(frameType.headers, endHeaders, 1, Buffer.alloc(16, 0x82), 0xffffff));
    expect(await giant.closed).toBeLessThan(10_000);
  });
}

/** Connections that take their time: with nothing, with headers, and with a body. */
interface Dribbling {
  readonly silent: readonly Rough[];
  readonly slow: readonly Rough[];
  readonly body: readonly Rough[];
}

function startDribbling(port: number): Dribbling {
  const post = "POST /signalbox.registry.v1.ProjectService/GetProject HTTP/1.1\r\nhost: 127.0.0.1\r\n";
  const begun = (text: string, chunk: string) => {
    const one = rough(port);
    one.socket.write(text);
    dribble(one, chunk, 1_000);
    return one;
  };
  return {
    silent: many(crowd, () => rough(port)),
    slow: many(crowd, () => begun(post, "x-a: b\r\n")),
    body: many(crowd, () => begun(`${post}content-type: application/json\r\ncontent-length: 100000\r\n\r\n`, " ")),
  };
}

let box: BoxProcess;
let token: string;
let dribbling: Dribbling;
const before = { residentMb: 0, openFiles: 0 };
const callEdge = () => box.client(ProjectService, token).getProject({ project: "demo" });

beforeAll(async () => {
  box = await startBoxProcess();
  token = await enter(box, box.admin, workspace);
  await box.client(ProjectService, token).createProject({ name: "demo" });
  for (let round = 0; round < 50; round++) await callEdge();
  Object.assign(before, { residentMb: box.residentMb(), openFiles: box.openFiles() });
  // Its end is waited for below: the other attacks come meanwhile.
  dribbling = startDribbling(box.port);
});
afterAll(() => box?.close());

describe("the edge", () => {
  http2Attacks(() => box.port, callEdge);

  test("headers that are too large are refused", async () => {
    const text = "x".repeat(64 * 1024);
    const answer = await fetch(`${box.url}/healthz`, { headers: { "x-large": text } });
    expect(answer.status).toBe(431);
    const session = connectHttp2(box.url);
    session.on("error", () => {});
    const stream = session.request({ ":path": "/healthz", "x-large": text });
    const heard = await new Promise((resolve) => {
      stream.once("response", ({ ":status": status }) => resolve(status));
      stream.once("error", () => resolve("refused"));
      stream.once("close", () => resolve("closed"));
    });
    session.destroy();
    expect(heard).not.toBe(200);
  });

  test("a message that says it is larger than any may be is refused before it comes", async () => {
    const large = Buffer.alloc(5);
    large.writeUInt32BE(0x7fffffff, 1);
    const session = connectHttp2(box.url);
    session.on("error", () => {});
    const stream = session.request({
      ":method": "POST",
      ":path": "/signalbox.registry.v1.ProjectService/GetProject",
      "content-type": "application/grpc",
      authorization: `Bearer ${token}`,
    });
    stream.write(large);
    const status = await new Promise((resolve) => {
      const tell = (headers: Readonly<Record<string, unknown>>) => headers["grpc-status"] !== undefined && resolve(headers["grpc-status"]);
      stream.on("response", tell).on("trailers", tell).resume();
    });
    session.destroy();
    expect(String(status)).toBe("8");
  });
});

describe("a service of the mesh", () => {
  let service: Program;
  let port: number;
  const call = () => createClient(Health, createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` })).check({});

  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    service = runProgram(
      "deploy/src/main.ts",
      {
        SIGNALBOX_DATABASE_URL: "sqlite::memory:",
        SIGNALBOX_MESH_KEYS: newKeyringEntry("m1"),
        SIGNALBOX_SEALING_KEYS: newKeyringEntry("s1"),
        SIGNALBOX_REGISTRY_ADDRESS: `127.0.0.1:${port}`,
        SIGNALBOX_LOG_LEVEL: "info",
      },
      { args: ["registry"] },
    );
    await service.said(/"url":"grpc/);
  });
  afterAll(async () => {
    service?.child.kill("SIGKILL");
    await service?.ended;
  });

  http2Attacks(() => port, call);

  test("a connection that says nothing is cut off within a minute", async () => {
    const silent = many(crowd, () => rough(port));
    await meanwhile(call, () => sleep(2_000));
    if (lasting(0, 1) === 1) expect(Math.max(...(await Promise.all(silent.map(({ closed }) => closed))))).toBeLessThan(60_000);
    for (const { socket } of silent) socket.destroy();
  });
});

describe("the edge after a while", () => {
  test("headers that dribble in are cut off within 20 seconds, and a connection that says nothing within 12", async () => {
    const { silent, slow, body } = dribbling;
    const worst = await meanwhile(callEdge, async () => {
      expect(Math.max(...(await Promise.all(silent.map(({ closed }) => closed))))).toBeLessThan(12_000);
      expect(Math.max(...(await Promise.all(slow.map(({ closed }) => closed))))).toBeLessThan(20_000);
      // The whole of a request may take a minute.
      if (lasting(0, 1) === 1) expect(Math.max(...(await Promise.all(body.map(({ closed }) => closed))))).toBeLessThan(66_000);
    });
    for (const { socket } of body) socket.destroy();
    expect(worst).toBeLessThan(2_000);
    await expect.poll(() => stillOpen([...silent, ...slow, ...body])).toBe(0);
  });

  test("a thousand streams that say nothing are no burden", async () => {
    const { client } = box;
    await client(PipelineService, token).createPipeline({ project: "demo", name: "demo" });
    const { snapshot } = await client(SnapshotService, token).createSnapshot({ project: "demo", pipeline: "demo", dynamic: true });
    const { run } = await client(RunService, token).createRun({ project: "demo", snapshot: snapshot?.id ?? "" });
    const ended = new AbortController();
    let watching = 0;
    const watchers = Array.from({ length: 1_000 }, async () => {
      try {
        for await (const _ of client(RunService, token, "grpc").watchRun({ run: run?.id ?? "" }, { signal: ended.signal })) watching++;
      } catch (error) {
        if (!ended.signal.aborted) throw new Error(reasonOf(error));
      }
    });
    await expect.poll(() => watching, { timeout: 30_000 }).toBeGreaterThanOrEqual(1_000);
    const worst = await meanwhile(callEdge, () => sleep(2_000));
    expect(box.residentMb()).toBeLessThan(before.residentMb + 250);
    ended.abort();
    await Promise.all(watchers);
    expect(worst).toBeLessThan(1_000);
  });

  test("afterwards nothing of it is left", async () => {
    await expect.poll(() => box.openFiles(), { timeout: 15_000, interval: 500 }).toBeLessThan(before.openFiles + 20);
    expect(box.residentMb()).toBeLessThan(before.residentMb + 250);
    await callEdge();
  });
});
