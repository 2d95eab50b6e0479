import { toBinary } from "@bufbuild/protobuf";
import { Call } from "@signalbox/runtime/rpc/call.ts";
import { layered, pathOf } from "@signalbox/runtime/rpc/layered.ts";
import type { Benchmark, Figure } from "../benchmark.ts";
import { cpuPerUnit } from "../cpu.ts";
import { startFloor } from "../floors/floor.ts";
import { emptyService, method, request, response } from "../floors/scene.ts";
import { grpcLoad } from "../load/grpc.ts";
import { type Contender, race } from "../race.ts";
import type { Stage } from "../stage.ts";

const inFlight = 64;

/** A unary call to a service that has nothing to do. */
export const mesh: Benchmark = {
  about:
    "Unary gRPC to a service behind all its layers: the caller is verified, the request validated, the call authorized for the resource that it names",
  async measure(stage) {
    const floor = await emptyCalls(stage, "http2", "floor: node:http2");
    const bare = await emptyCalls(stage, "grpc-js", "a bare handler of grpc-js");
    const whole = await emptyCalls(stage, "layered", "a service, all layers");
    const lines = await race([floor.contender, bare.contender, { ...whole.contender, reach: 0.3 }]);
    const bareMicros = await cpuPerUnit(bare.contender, bare.pid);
    const wholeMicros = await cpuPerUnit(whole.contender, whole.pid);
    const figures: readonly Figure[] = [
      { name: "node:http2", value: await cpuPerUnit(floor.contender, floor.pid), unit: "µs" },
      { name: "a bare handler of grpc-js", value: bareMicros, unit: "µs" },
      { name: "a service, all layers", value: wholeMicros, unit: "µs" },
      { name: "what the layers cost", value: wholeMicros - bareMicros, unit: "µs", reach: { atMost: 35 } },
    ];
    const conditions = `a process each, one connection, ${inFlight} in flight; GetProject, answered with ${answerBytes} bytes`;
    return [
      { kind: "race", title: "A call", conditions, unit: "call", lines },
      {
        kind: "figures",
        title: "What a call costs the server",
        conditions: "time on the processor, in the same conditions",
        lines: figures,
      },
      {
        kind: "figures",
        title: "Layer by layer",
        conditions: "in one process without a wire, one call after the other: what each adds to those above it",
        lines: await perLayer(),
      },
    ];
  },
};

const answerBytes = toBinary(method.output, response).length;

/** Calls of a server that answers with what the scene has. */
export async function emptyCalls(
  stage: Stage,
  server: "http2" | "grpc-js" | "layered",
  name: string,
): Promise<{ readonly contender: Contender; readonly pid: number }> {
  const { address, token, pid } = await startFloor(stage, server);
  const metadata = token === "none" ? {} : { authorization: `Bearer ${token}` };
  const load = stage.own(await grpcLoad({ address, path: pathOf(method), metadata, request: toBinary(method.input, request) }), (each) =>
    each.close(),
  );
  return { contender: { name, atOnce: inFlight, work: load.call }, pid };
}

const names = ["trace", "access log", "map errors", "admit", "deadline", "refusals", "authenticate", "validate", "authorize"];
const calls = 20_000;
const rounds = 5;

async function perLayer(): Promise<readonly Figure[]> {
  const { service, layers, token } = emptyService();
  const authorization = `Bearer ${token}`;
  const header = (name: string) => (name === "authorization" ? authorization : undefined);
  const stacks = Array.from({ length: layers.length + 1 }, (_, count) => layered([service], layers.slice(0, count)).get(pathOf(method)));
  const best = stacks.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= rounds; round++) {
    for (const [at, served] of stacks.entries()) {
      if (served?.kind !== "unary") throw new Error("the method is not there");
      const began = process.cpuUsage();
      for (let index = 0; index < calls; index++) await served.invoke(request, new Call({ method, wire: "grpc", header }));
      const { user, system } = process.cpuUsage(began);
      if (round > 0) best[at] = Math.min(best[at] as number, (user + system) / calls);
    }
  }
  return [
    { name: "an empty handler", value: best[0] as number, unit: "µs" },
    ...names.map((name, at) => ({ name, value: Math.max(0, (best[at + 1] as number) - (best[at] as number)), unit: "µs" })),
    { name: "all", value: (best.at(-1) as number) - (best[0] as number), unit: "µs" },
  ];
}
