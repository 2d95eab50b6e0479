import { once } from "node:events";
import { type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { ServerCredentials } from "@grpc/grpc-js";
import {
  GetProjectRequestSchema,
  GetProjectResponseSchema,
  ProjectService,
} from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { serviceTokens } from "@signalbox/runtime/crypto/service-token.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { serves } from "@signalbox/runtime/host/part.ts";
import { deadline } from "@signalbox/runtime/layers/deadline.ts";
import { mapErrors } from "@signalbox/runtime/layers/map-errors.ts";
import { grpcChannel } from "@signalbox/runtime/peers/grpc.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { open } from "@signalbox/runtime/rpc/layered.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { serveGrpc } from "@signalbox/runtime/wire/grpc-server.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { remoteUpstream } from "../src/upstream.ts";
import { openDoor } from "./door.ts";

const given: string[] = [];
const projects = {
  getProject: async ({ project }: { readonly project: string }, call: Call) => {
    if (project === "none") throw notFound("project", project);
    if (project === "slow") {
      await sleep(10_000, call.signal);
      given.push("up");
    }
    return { project: { name: project } };
  },
};

async function besides() {
  const others = Object.fromEntries(
    ProjectService.methods.map(({ localName }) => [localName, () => Promise.reject(new Error("not here"))]),
  );
  const service = serves(ProjectService, { ...others, ...projects } as unknown as Handlers<typeof ProjectService>);
  const listen = { host: "127.0.0.1", port: 0 };
  const server = await serveGrpc(open([service], [mapErrors, deadline]), listen, ServerCredentials.createInsecure());
  const to = { callee: "registry", proof: undefined, address: server.address };
  const channel = grpcChannel(to);
  const upstream = remoteUpstream(channel, "registry", serviceTokens(parseKeyring(newKeyringEntry("m1")), systemClock));
  const door = await openDoor({ needs: { upstreams: new Map([["registry", upstream]]) } });
  const close = async () => {
    await door.close(100);
    channel.close();
    await server.close(100);
  };
  return { url: door.url, close };
}

async function within() {
  const door = await openDoor({ projects });
  return { url: door.url, close: () => door.close(100) };
}

describe.each([
  { where: "in the process", opened: within },
  { where: "in another process", opened: besides },
])("with the service $where", ({ opened }) => {
  let door: Awaited<ReturnType<typeof opened>>;
  beforeAll(async () => {
    door = await opened();
  });
  afterAll(() => door.close());

  test.each(["gRPC", "binary", "JSON"])("%s is answered, and refused with its reason", async (wire) => {
    const baseUrl = door.url;
    const client = createClient(
      ProjectService,
      wire === "gRPC"
        ? createGrpcTransport({ baseUrl })
        : createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: wire === "binary" }),
    );
    expect(await client.getProject({ project: "größe" })).toMatchObject({ project: { name: "größe" } });
    const refused = client.getProject({ project: "none" });
    await expect(refused).rejects.toMatchObject({ code: Code.NotFound, rawMessage: 'there is no project "none", or you may not see it' });
    await expect(refused.catch(({ details }) => details)).resolves.toMatchObject([{ type: "google.rpc.ErrorInfo" }]);
  });

  test("a deadline ends the call, and a caller who goes away ends the work", async () => {
    const client = createClient(ProjectService, createGrpcTransport({ baseUrl: door.url }));
    await expect(client.getProject({ project: "slow" }, { timeoutMs: 50 })).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    given.length = 0;
    const leaving = new AbortController();
    const left = client.getProject({ project: "slow" }, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 50);
    await expect(left).rejects.toMatchObject({ code: Code.Canceled });
    await expect.poll(() => given).toContain("up");
  });

  const message = frame(toBinary(GetProjectRequestSchema, create(GetProjectRequestSchema, { project: "demo" })));
  test.each([
    { body: "no message", bytes: Buffer.alloc(0), status: Code.Unimplemented },
    { body: "two messages", bytes: Buffer.concat([message, message]), status: Code.Unimplemented },
    { body: "less than it says", bytes: message.subarray(0, 8), status: Code.InvalidArgument },
    { body: "less than a length", bytes: message.subarray(0, 3), status: Code.InvalidArgument },
    { body: "a message compressed in no known way", bytes: Buffer.concat([Buffer.from([1]), message.subarray(1)]), status: Code.Internal },
    { body: "more than is allowed", bytes: frame(Buffer.alloc(65 * 1024)), status: Code.ResourceExhausted },
  ])("a body of $body is refused", async ({ bytes, status }) => {
    expect((await raw(door.url, bytes)).headers).toMatchObject({ ":status": 200, "grpc-status": String(status) });
  });

  test("the answer is one message, and the status comes in trailers", async () => {
    const { headers, trailers, body } = await raw(door.url, message);
    expect(headers).toMatchObject({ "content-type": "application/grpc", "x-content-type-options": "nosniff" });
    expect(trailers).toMatchObject({ "grpc-status": "0" });
    expect(body.readUInt32BE(1)).toBe(body.length - 5);
    expect(fromBinary(GetProjectResponseSchema, body.subarray(5)).project).toMatchObject({ name: "demo" });
  });
});

function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

async function raw(url: string, bytes: Buffer) {
  const session = connect(url);
  try {
    const path = "/signalbox.registry.v1.ProjectService/GetProject";
    const stream: ClientHttp2Stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    let trailers: IncomingHttpHeaders = {};
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("trailers", (read: IncomingHttpHeaders) => {
      trailers = read;
    });
    stream.on("error", () => {});
    const ended = once(stream, "close");
    stream.end(bytes);
    const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders];
    await ended;
    return { headers, trailers, body: Buffer.concat(chunks) };
  } finally {
    session.close();
  }
}
