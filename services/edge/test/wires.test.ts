import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Health } from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import { GetProjectRequestSchema, ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService, WatchRunResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { joined } from "@signalbox/runtime/rpc/joined.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Listening } from "../src/listener.ts";
import { openDoor } from "./door.ts";

const current = (value: bigint) => create(WatchRunResponseSchema, { part: { case: "current", value } });

const description = "words that repeat, ".repeat(2_000);

let door: Listening;
beforeAll(async () => {
  door = await openDoor({
    projects: {
      getProject: async ({ project }, call) => {
        if (project === "none") throw notFound("project", project);
        if (project === "large") return { project: { id: "", name: project, description } };
        return {
          project: { id: "", name: project, description: `${call.wire} ${call.address} ${call.header("authorization") ?? "nobody"}` },
        };
      },
    },
    runs: {
      async *watchRun({ run }) {
        yield { part: { case: "current", value: 1n } };
        yield joined([current(2n), current(3n)]);
        if (run === "none") throw notFound("run", run);
      },
    },
  });
});
afterAll(() => door.close(100));

const transports = (baseUrl = door.url) => {
  return {
    "Connect, JSON, HTTP/1.1": createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
    "Connect, binary, HTTP/1.1": createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
    "Connect, binary, HTTP/2": createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
    "Connect, GET": createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
    "Connect, GET, binary": createConnectTransport({ baseUrl, httpVersion: "2", useHttpGet: true, useBinaryFormat: true }),
    gRPC: createGrpcTransport({ baseUrl }),
    "gRPC-Web, HTTP/1.1": createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
    "gRPC-Web, HTTP/2": createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
  };
};
const names = [
  "Connect, JSON, HTTP/1.1",
  "Connect, binary, HTTP/1.1",
  "Connect, binary, HTTP/2",
  "Connect, GET",
  "Connect, GET, binary",
  "gRPC",
  "gRPC-Web, HTTP/1.1",
  "gRPC-Web, HTTP/2",
] as const;

test.each(["application/json", "application/proto"])("a large answer in %s is packed for who takes it so", async (type) => {
  const ask = (accepted: string) =>
    fetch(`${door.url}/${ProjectService.typeName}/GetProject`, {
      method: "POST",
      headers: { "content-type": type, "accept-encoding": accepted },
      body:
        type === "application/json"
          ? JSON.stringify({ project: "large" })
          : toBinary(GetProjectRequestSchema, create(GetProjectRequestSchema, { project: "large" })),
    });
  const [packed, plain] = await Promise.all([ask("gzip, br"), ask("identity")]);
  expect([packed.headers.get("content-encoding"), plain.headers.get("content-encoding")]).toEqual(["gzip", null]);
  expect(Number(packed.headers.get("content-length"))).toBeLessThan(Number(plain.headers.get("content-length")) / 10);
  expect(Buffer.from(await packed.arrayBuffer())).toEqual(Buffer.from(await plain.arrayBuffer()));
});

describe.each(names)("over %s", (name) => {
  test("a large answer arrives as it is", async () => {
    const { project } = await createClient(ProjectService, transports()[name]).getProject({ project: "large" });
    expect(project?.description).toBe(description);
  });

  test("a call is answered, with what the caller is known by", async () => {
    const client = createClient(ProjectService, transports()[name]);
    const { project } = await client.getProject({ project: "demo" }, { headers: { authorization: "Bearer eyJ.token" } });
    expect(project?.name).toBe("demo");
    expect(project?.description).toContain("127.0.0.1 Bearer eyJ.token");
  });

  test("a failure has its status and its reason", async () => {
    const client = createClient(ProjectService, transports()[name]);
    const error = await client.getProject({ project: "none" }).catch((caught: unknown) => ConnectError.from(caught));
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: 'there is no project "none", or you may not see it' });
    expect((error as ConnectError).details.map((detail) => ("type" in detail ? detail.type : ""))).toContain("google.rpc.ErrorInfo");
  });

  test("a stream is answered, joined messages one by one, and its failure comes after its messages", async () => {
    const client = createClient(RunService, transports()[name]);
    const seen: unknown[] = [];
    for await (const { part } of client.watchRun({ run: "demo" })) seen.push(part.value);
    expect(seen).toEqual([1n, 2n, 3n]);
    const failed = (async () => {
      for await (const { part } of client.watchRun({ run: "none" })) seen.push(part.value);
    })();
    await expect(failed).rejects.toMatchObject({ code: Code.NotFound });
    expect(seen).toHaveLength(6);
  });

  test("a service that is not here is unimplemented", async () => {
    const client = createClient(ProjectService, transports()[name]);
    await expect(client.resolveProjects({ workspace: crypto.randomUUID(), references: ["x"] })).rejects.toMatchObject({
      code: Code.Unimplemented,
    });
  });

  test("health is answered to anyone", async () => {
    if (name.includes("GET")) return expect(name).toContain("GET");
    expect(await createClient(Health, transports()[name]).check({})).toMatchObject({ status: 1 });
  });
});

test.each(["gRPC", "gRPC-Web, HTTP/2", "Connect, binary, HTTP/2"] as const)(
  "a stream over %s hears that the server is stopping",
  async (name) => {
    const closing = await openDoor({
      runs: {
        async *watchRun(_, call) {
          yield { part: { case: "current", value: 1n } };
          await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
        },
      },
    });
    const client = createClient(RunService, transports(closing.url)[name]);
    const reading = (async () => {
      for await (const _ of client.watchRun({ run: "any" })) void closing.close(1_000);
    })();
    await expect(reading).rejects.toMatchObject({ code: Code.Unavailable, rawMessage: "the server is stopping; resume the stream" });
  },
);

test("HTTP/2 without TLS begins at once, and HTTP/1.1 shares the port", async () => {
  const [one, two] = await Promise.all([
    fetch(`${door.url}/healthz`),
    createClient(ProjectService, createGrpcTransport({ baseUrl: door.url })).getProject({ project: "both" }),
  ]);
  expect(one.status).toBe(200);
  expect(two.project?.name).toBe("both");
});
