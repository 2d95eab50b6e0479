import { getEventListeners } from "node:events";
import { create } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { ServerCredentials } from "@grpc/grpc-js";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService, WatchRunResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { newKeyringEntry, parseKeyring } from "../../src/crypto/keys.ts";
import { serviceTokens } from "../../src/crypto/service-token.ts";
import { notFound, SignalboxError } from "../../src/errors.ts";
import { admission } from "../../src/host/admission.ts";
import { openLog } from "../../src/host/log.ts";
import { serves } from "../../src/host/part.ts";
import { admit } from "../../src/layers/admit.ts";
import { deadline } from "../../src/layers/deadline.ts";
import { mapErrors } from "../../src/layers/map-errors.ts";
import { directTransport } from "../../src/peers/direct.ts";
import { type GrpcChannel, grpcChannel } from "../../src/peers/grpc.ts";
import type { Handlers } from "../../src/rpc/handler.ts";
import { joined } from "../../src/rpc/joined.ts";
import { open } from "../../src/rpc/layered.ts";
import { sleep } from "../../src/rpc/sleep.ts";
import { type GrpcServer, serveGrpc } from "../../src/wire/grpc-server.ts";

const aborted: string[] = [];

const current = (value: bigint) => create(WatchRunResponseSchema, { part: { case: "current", value } });

const runs = {
  getRun: async ({ run }, call) => {
    if (run === "none") throw notFound("run", run);
    if (run === "slow") {
      await sleep(5_000, call.signal);
      aborted.push("slow");
    }
    if (run === "bug") throw new Error("a secret of the program");
    if (run === "large") return { run: { name: "x".repeat(5_000_000) } };
    return { run: { id: run, name: call.header("signalbox-service") ? "by a service" : "", statusReason: call.header("x-other") ?? "" } };
  },
  async *watchRun({ run }, call) {
    try {
      for (let revision = 1n; run === "endless" || revision <= 5n; revision++) {
        yield { part: { case: "current", value: revision } };
        if (run === "endless") await sleep(5, call.signal);
      }
      yield joined([current(6n), current(7n)]);
      if (run === "none") throw notFound("run", run);
    } finally {
      aborted.push(`watch ${run}`);
    }
  },
} satisfies Partial<Handlers<typeof RunService>>;

const reports = {
  async *report(requests) {
    for await (const { reports: some } of requests) yield { part: { case: "acknowledged", value: BigInt(some.length) } };
  },
} satisfies Partial<Handlers<typeof ReportService>>;

const rest = (service: typeof RunService | typeof ReportService) =>
  Object.fromEntries(service.methods.map(({ localName }) => [localName, () => Promise.reject(new Error("not part of this test"))]));
const methods = open(
  [
    serves(RunService, { ...rest(RunService), ...runs } as unknown as Handlers<typeof RunService>),
    serves(ReportService, { ...rest(ReportService), ...reports } as unknown as Handlers<typeof ReportService>),
  ],
  [mapErrors, deadline],
);
const proof = { caller: "edge", tokens: serviceTokens(parseKeyring(newKeyringEntry("k")), systemClock) };

let server: GrpcServer;
let channel: GrpcChannel;
beforeAll(async () => {
  server = await serveGrpc(methods, { host: "127.0.0.1", port: 0 }, ServerCredentials.createInsecure());
  channel = grpcChannel({ callee: "runs", proof, address: server.address });
});
afterAll(async () => {
  channel.close();
  await server.close(1_000);
});

const transports: Record<string, () => Transport> = {
  gRPC: () => channel.transport,
  "a direct call": () => directTransport({ callee: "runs", proof, methods: () => methods }),
  "a direct call that copies": () => directTransport({ callee: "runs", proof, methods: () => methods, copies: true }),
};

describe.each(Object.keys(transports))("over %s", (name) => {
  const client = () => createClient(RunService, (transports[name] as () => Transport)());
  const until = async (said: string) => {
    for (let round = 0; round < 200 && !aborted.includes(said); round++) await sleep(10);
    expect(aborted).toContain(said);
  };

  test("a call carries headers and the proof of the caller", async () => {
    const { run } = await client().getRun({ run: "a" }, { headers: { "x-other": "kept" } });
    expect(run).toMatchObject({ id: "a", name: "by a service", statusReason: "kept" });
  });

  test("a failure arrives with its reason and its metadata", async () => {
    const failure = await client()
      .getRun({ run: "none" })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SignalboxError);
    expect(failure).toMatchObject({ reason: Reason.NOT_FOUND, metadata: { type: "run", reference: "none" } });
  });

  test("a bug arrives as an internal error and tells nothing", async () => {
    const failure = await client()
      .getRun({ run: "bug" })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: Reason.INTERNAL, message: "internal error" });
  });

  test("a deadline ends the call on both sides", async () => {
    aborted.length = 0;
    await expect(client().getRun({ run: "slow" }, { timeoutMs: 50 })).rejects.toMatchObject({ reason: Reason.DEADLINE_EXCEEDED });
    await until("slow");
  });

  test("a caller that goes away ends the work", async () => {
    aborted.length = 0;
    const away = new AbortController();
    const pending = client().getRun({ run: "slow" }, { signal: away.signal });
    pending.catch(() => {});
    await sleep(50);
    away.abort();
    await until("slow");
  });

  test("large answers pass", async () => {
    const { run } = await client().getRun({ run: "large" });
    expect(run?.name).toHaveLength(5_000_000);
  });

  test("a stream ends after its messages, joined ones one by one, or with its failure", async () => {
    const seen: unknown[] = [];
    for await (const { part } of client().watchRun({ run: "x" })) seen.push(part.value);
    expect(seen).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
    const failing = (async () => {
      for await (const { part } of client().watchRun({ run: "none" })) seen.push(part.value);
    })();
    await expect(failing).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    expect(seen).toHaveLength(14);
  });

  test("a reader that goes away ends the stream at its source", async () => {
    aborted.length = 0;
    const away = new AbortController();
    const reading = (async () => {
      for await (const { part } of client().watchRun({ run: "endless" }, { signal: away.signal })) if (part.value === 3n) away.abort();
    })();
    await expect(reading).rejects.toThrow();
    await until("watch endless");
  });

  test("a signal that outlives its calls remembers none of them", async () => {
    const { signal } = new AbortController();
    await client().getRun({ run: "a" }, { signal });
    await client()
      .getRun({ run: "none" }, { signal })
      .catch(() => {});
    for await (const { part } of client().watchRun({ run: "x" }, { signal })) expect(part.case).toBe("current");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("both sides of a stream talk at once", async () => {
    const reporter = createClient(ReportService, (transports[name] as () => Transport)());
    const answers: unknown[] = [];
    async function* asking() {
      for (let count = 1; count <= 3; count++) {
        yield { run: "r", reports: Array.from({ length: count }, () => ({})) };
        while (answers.length < count) await sleep(1);
      }
    }
    for await (const { part } of reporter.report(asking())) answers.push(part.value);
    expect(answers).toEqual([1n, 2n, 3n]);
  });
});

test("a service that is down fails as unavailable, and is found again when it is back", async () => {
  const first = await serveGrpc(methods, { host: "127.0.0.1", port: 0 }, ServerCredentials.createInsecure());
  const port = Number(first.address.split(":")[1]);
  const lone = grpcChannel({ callee: "runs", proof, address: first.address });
  const client = createClient(RunService, lone.transport);
  await client.getRun({ run: "a" });
  await first.close(100);
  const pending = client.getRun({ run: "b" }, { timeoutMs: 10_000 });
  await expect(client.stopRun({ run: "b" }, { timeoutMs: 300 })).rejects.toMatchObject({
    reason: expect.toBeOneOf([Reason.UNAVAILABLE, Reason.DEADLINE_EXCEEDED]),
  });
  const second = await serveGrpc(methods, { host: "127.0.0.1", port }, ServerCredentials.createInsecure());
  expect((await pending).run?.id).toBe("b");
  lone.close();
  await second.close(100);
});

test("a service is watched by more than one connection carries", async () => {
  const end = new AbortController();
  const watch = async () => {
    for await (const { part } of createClient(RunService, channel.transport).watchRun({ run: "endless" }, { signal: end.signal }))
      return part;
    return undefined;
  };
  const seen = await Promise.all(Array.from({ length: 2_100 }, watch));
  end.abort();
  expect(seen.every((part) => part?.case === "current")).toBe(true);
});

test("calls are spread over the replicas of a service, and those that are left serve on when one ends", async () => {
  const answeredBy: string[] = [];
  const replica = (name: string) => {
    const getRun = async ({ run }: { readonly run: string }) => {
      answeredBy.push(name);
      return { run: { id: run } };
    };
    const service = serves(RunService, { ...rest(RunService), getRun } as unknown as Handlers<typeof RunService>);
    return serveGrpc(open([service], [mapErrors]), { host: "127.0.0.1", port: 0 }, ServerCredentials.createInsecure());
  };
  const replicas = await Promise.all([replica("first"), replica("second")]);
  const address = `ipv4:${replicas.map((each) => each.address).join(",")}`;
  const both = grpcChannel({ callee: "runs", proof, address });
  const client = createClient(RunService, both.transport);
  const ask = (times: number) => Promise.all(Array.from({ length: times }, () => client.getRun({ run: "a" }, { timeoutMs: 5_000 })));
  try {
    await ask(1);
    await sleep(100);
    await ask(40);
    for (const name of ["first", "second"]) expect(answeredBy.filter((each) => each === name).length).toBeGreaterThan(10);
    await replicas[0]?.close(100);
    answeredBy.length = 0;
    await ask(20);
    expect(answeredBy).toEqual(Array.from({ length: 20 }, () => "second"));
  } finally {
    both.close();
    await replicas[1]?.close(100);
  }
});

test("a call that the program has no place for is refused over gRPC, and one that was let in gives its place back", async () => {
  const places = admission({ calls: 2, streams: 2, log: openLog({ service: "test", level: "silent" }) });
  const methods = open(
    [serves(RunService, { ...rest(RunService), ...runs } as unknown as Handlers<typeof RunService>)],
    [mapErrors, admit(places)],
  );
  const server = await serveGrpc(methods, { host: "127.0.0.1", port: 0 }, ServerCredentials.createInsecure());
  const to = grpcChannel({ callee: "runs", proof: undefined, address: server.address });
  const client = createClient(RunService, to.transport);
  for (let round = 0; round < 10; round++) expect((await client.getRun({ run: "demo" })).run?.id).toBe("demo");
  const others = [places.take("call", ["one"]), places.take("call", ["two"])];
  await expect(client.getRun({ run: "demo" })).rejects.toMatchObject({ reason: Reason.OVERLOADED, retryAfterMs: expect.any(Number) });
  for (const give of others) give();
  expect((await client.getRun({ run: "demo" })).run?.id).toBe("demo");
  to.close();
  await server.close(100);
  places.close();
});
