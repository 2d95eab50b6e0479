import dns from "node:dns";
import { createClient } from "@connectrpc/connect";
import { ServerCredentials } from "@grpc/grpc-js";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { serves } from "../../src/host/part.ts";
import { mapErrors } from "../../src/layers/map-errors.ts";
import { type GrpcChannel, grpcChannel } from "../../src/peers/grpc.ts";
import type { Handlers } from "../../src/rpc/handler.ts";
import { open } from "../../src/rpc/layered.ts";
import { type GrpcServer, serveGrpc } from "../../src/wire/grpc-server.ts";

// Replicas as compose and Kubernetes have them: one name, an address for each, one port. Only the name server is not real.

const name = "runs.replicas.test";
const replicas = new Map<string, GrpcServer>();
let port = 0;
let channel: GrpcChannel;

async function startReplica(host: string, connectionAgeMs?: number): Promise<void> {
  const rest = Object.fromEntries(RunService.methods.map(({ localName }) => [localName, () => Promise.reject(new Error("not asked"))]));
  const handlers = { ...rest, getRun: async () => ({ run: { name: host } }) } as unknown as Handlers<typeof RunService>;
  const methods = open([serves(RunService, handlers)], [mapErrors]);
  const server = await serveGrpc(methods, { host, port, ...(connectionAgeMs && { connectionAgeMs }) }, ServerCredentials.createInsecure());
  port = Number(server.address.split(":")[1]);
  replicas.set(host, server);
}

async function stopReplica(host: string): Promise<void> {
  const server = replicas.get(host);
  replicas.delete(host);
  await server?.close(1_000);
}

/** Who answers a hundred calls, how often. No call may fail. */
async function answers(): Promise<Record<string, number>> {
  const client = createClient(RunService, channel.transport);
  const counted: Record<string, number> = {};
  for (let call = 0; call < 100; call++) {
    const { run } = await client.getRun({ run: "a" });
    counted[run?.name ?? ""] = (counted[run?.name ?? ""] ?? 0) + 1;
  }
  return counted;
}

beforeEach(() => {
  port = 0;
  vi.spyOn(dns.promises, "lookup").mockImplementation((async (asked: string) => {
    if (asked !== name || replicas.size === 0) throw Object.assign(new Error(`no address of ${asked}`), { code: "ENOTFOUND" });
    return [...replicas.keys()].map((address) => ({ address, family: 4 }));
  }) as never);
});
afterEach(async () => {
  channel.close();
  await Promise.all([...replicas.keys()].map(stopReplica));
  vi.restoreAllMocks();
});

const call = () => {
  channel = grpcChannel({ callee: "runs", proof: undefined, address: `dns:///${name}:${port}` });
};

test("calls are spread over all replicas evenly", async () => {
  await startReplica("127.0.0.2");
  await startReplica("127.0.0.3");
  call();
  await answers();
  expect(await answers()).toEqual({ "127.0.0.2": 50, "127.0.0.3": 50 });
});

test("a replica that is replaced under another address is found, and no call fails meanwhile", async () => {
  await startReplica("127.0.0.2");
  await startReplica("127.0.0.3");
  call();
  await answers();
  await stopReplica("127.0.0.3");
  await startReplica("127.0.0.4");
  await expect.poll(answers, { timeout: 10_000 }).toMatchObject({ "127.0.0.2": 50, "127.0.0.4": 50 });
});

test("replicas that are added are found as connections age, and no call fails meanwhile", async () => {
  await startReplica("127.0.0.2", 1_000);
  call();
  expect(await answers()).toEqual({ "127.0.0.2": 100 });
  await startReplica("127.0.0.3", 1_000);
  await expect.poll(answers, { timeout: 10_000 }).toMatchObject({ "127.0.0.2": 50, "127.0.0.3": 50 });
});
