import { type Client, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema, RetryInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { Health } from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Admission, admission } from "@signalbox/runtime/host/admission.ts";
import { openLog } from "@signalbox/runtime/host/log.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Listening } from "../src/listener.ts";
import { openDoor } from "./door.ts";

let places: Admission;
let door: Listening;
let giveBack: (() => void)[];
beforeEach(async () => {
  places = admission({ calls: 4, streams: 4, log: openLog({ service: "edge", level: "silent" }) });
  door = await openDoor({
    needs: { admission: places },
    projects: { getProject: async ({ project }) => ({ project: { name: project } }) },
    runs: {
      async *watchRun() {
        yield { part: { case: "current", value: 1n } };
      },
    },
  });
  giveBack = [0, 1, 2, 3].flatMap((at) => [places.take("call", [String(at)]), places.take("stream", [String(at)])]);
});
afterEach(async () => {
  await door.close(100);
  places.close();
});

const transports: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "Connect, JSON, HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  "Connect, binary, HTTP/2": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web, HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};

async function refusal(call: Promise<unknown>): Promise<{ reason: string | undefined; retries: boolean }> {
  const error = await call.then(() => new ConnectError("it was let in"), ConnectError.from);
  const [info] = error.findDetails(ErrorInfoSchema);
  return { reason: info?.reason ?? error.message, retries: error.findDetails(RetryInfoSchema).length === 1 };
}

async function watch(client: Client<typeof RunService>): Promise<void> {
  for await (const _ of client.watchRun({ run: "demo" }));
}

describe.each(Object.keys(transports))("over %s", (name) => {
  test("a call without a place is refused with when to come back, and the next one on the same connection is answered", async () => {
    const transport = (transports[name] as (baseUrl: string) => Transport)(door.url);
    const projects = createClient(ProjectService, transport);
    expect(await refusal(projects.getProject({ project: "demo" }))).toEqual({ reason: "OVERLOADED", retries: true });
    expect(await refusal(watch(createClient(RunService, transport)))).toEqual({ reason: "OVERLOADED", retries: true });
    for (const give of giveBack) give();
    expect((await projects.getProject({ project: "demo" })).project?.name).toBe("demo");
    await watch(createClient(RunService, transport));
  });

  test("whether the server is well is answered without a place", async () => {
    await createClient(Health, (transports[name] as (baseUrl: string) => Transport)(door.url)).check({});
    expect((await fetch(`${door.url}/readyz`)).status).toBe(200);
  });
});

test("calls give their places back, answered or not", async () => {
  for (const give of giveBack) give();
  const projects = createClient(ProjectService, createGrpcTransport({ baseUrl: door.url }));
  for (let round = 0; round < 20; round++) await projects.getProject({ project: "demo" });
  for (let round = 0; round < 20; round++) await projects.listProjects({}).catch(() => {});
  expect((await projects.getProject({ project: "demo" })).project?.name).toBe("demo");
});

test("a large body is not read before it is refused", async () => {
  const answer = await fetch(`${door.url}/signalbox.registry.v1.ProjectService/GetProject`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: " ".repeat(1 << 20),
  }).then(
    ({ status, headers }) => `${status} ${headers.get("connection")}`,
    () => "cut off",
  );
  expect(["429 close", "cut off"]).toContain(answer);
});
