import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import {
  AuthorizationService,
  CheckRequestSchema,
  CheckResponseSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { pathOf } from "@signalbox/runtime/rpc/layered.ts";
import type { Benchmark } from "../benchmark.ts";
import { startFloor } from "../floors/floor.ts";
import { grpcLoad } from "../load/grpc.ts";
import { httpLoad } from "../load/http.ts";
import { oneProcess, type Place, wholeMesh } from "../place.ts";
import { race } from "../race.ts";

const clients = 64;
const method = AuthorizationService.method.check;

/** Unary calls through the edge: signed in, decided, answered without a database. */
export const edge: Benchmark = {
  about:
    "A unary call through the edge, signed in and authorized, without a database: may the caller do this? The floor is node:http that parses and prints the same JSON",
  bound:
    "Node's own HTTP and streams, which are half of what the edge does where it passes a call on; the service and the clients share the two cores with it ([decision 10](decisions/0010-what-a-call-may-cost.md))",
  async measure(stage) {
    const one = await callsOf(await oneProcess(stage, "sqlite"));
    const mesh = await callsOf(await wholeMesh(stage, "postgres"));
    const floor = await startFloor(stage, "http-json", [one.answer]);
    const post = (url: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
      stage.own(httpLoad({ url, headers: { "content-type": "application/json", ...headers }, body }), (each) => each.close()).call;
    const grpc = async ({ place, request, authorization }: Calls) => {
      const address = new URL(place.url).host;
      const load = await grpcLoad({ address, path: pathOf(method), metadata: { authorization }, request });
      return stage.own(load, (each) => each.close()).call;
    };
    const json = ({ place, body, authorization }: Calls) => post(place.url + pathOf(method), body, { authorization });
    const lines = await race([
      { name: "floor: node:http", atOnce: clients, work: post(`http://${floor.address}/`, one.body) },
      { name: "JSON, answered in the process", atOnce: clients, work: json(one), reach: 0.35 },
      { name: "JSON, forwarded to a service", atOnce: clients, work: json(mesh), reach: 0.12 },
      { name: "gRPC, answered in the process", atOnce: clients, work: await grpc(one) },
      { name: "gRPC, forwarded to a service", atOnce: clients, work: await grpc(mesh) },
    ]);
    const conditions = `${clients} clients; one process on SQLite, and a mesh of nine processes; gRPC over one connection`;
    return [{ kind: "race", title: "Check", conditions, unit: "call", lines }];
  },
};

interface Calls {
  readonly place: Place;
  readonly authorization: string;
  /** The same request in JSON and in protobuf, and the answer in JSON. */
  readonly body: string;
  readonly request: Uint8Array;
  readonly answer: string;
}

async function callsOf(place: Place): Promise<Calls> {
  const { organization } = await place.client(AuthService, place.admin).getSelf({});
  const request = create(CheckRequestSchema, { question: { permission: "workspace.read", scope: { organization } } });
  const answer = await place.client(AuthorizationService, place.admin).check(request);
  if (!answer.allowed) throw new Error("the administrator is allowed nothing");
  return {
    place,
    authorization: `Bearer ${place.admin}`,
    body: toJsonString(CheckRequestSchema, request),
    request: toBinary(CheckRequestSchema, request),
    answer: toJsonString(CheckResponseSchema, answer),
  };
}
