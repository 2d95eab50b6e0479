import { create, toBinary } from "@bufbuild/protobuf";
import { ConnectorService, IssueCredentialRequestSchema } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { pathOf } from "@signalbox/runtime/rpc/layered.ts";
import { startReceiver } from "@signalbox/test/receiver.ts";
import type { Benchmark } from "../benchmark.ts";
import { grpcLoad } from "../load/grpc.ts";
import { wholeMesh } from "../place.ts";
import { race } from "../race.ts";
import { emptyCalls } from "./mesh.ts";

const inFlight = 64;

/** A credential that is in the cache already, handed out once more. */
export const credential: Benchmark = {
  about:
    "IssueCredential from the cache, over gRPC straight to credentials, each with its lease and its audit event durable before it is answered; the floor is a service of the mesh that does nothing",
  bound:
    "two rows for each call, which have to be written, sent and heard to be durable, some 35 to a transaction: a quarter of the service's time, as much as its wire ([decision 10](decisions/0010-what-a-call-may-cost.md))",
  async measure(stage) {
    const place = await wholeMesh(stage, "postgres");
    const answer = JSON.stringify({ access_token: "a-token-of-the-provider", token_type: "Bearer", expires_in: 3_600 });
    const provider = stage.own(await startReceiver(() => ({ status: 200, body: answer })), (each) => each.close());
    const { accessToken } = await place.client(AuthService).exchangeToken({ credential: place.admin });
    const { connector } = await place.client(ConnectorService, accessToken).createConnector({
      name: "warehouse",
      oauthClient: { tokenUrl: provider.url, clientId: "signalbox" },
      secret: "a-secret-of-the-client",
    });
    const request = toBinary(IssueCredentialRequestSchema, create(IssueCredentialRequestSchema, { connector: connector?.id ?? "" }));
    const metadata = { authorization: `Bearer ${accessToken}` };
    const path = pathOf(ConnectorService.method.issueCredential);
    const load = stage.own(await grpcLoad({ address: place.addresses.credentials ?? "", path, metadata, request }), (each) => each.close());
    const floor = await emptyCalls(stage, "layered", "floor: a service that does nothing, all layers");
    const lines = await race([floor.contender, { name: "IssueCredential", atOnce: inFlight, work: load.call, reach: 0.6 }]);
    const [base, issued] = lines;
    const conditions = `a mesh of nine processes with PostgreSQL and Redis, one connection, ${inFlight} in flight`;
    return [
      { kind: "race", title: "From the cache", conditions, unit: "call", lines },
      {
        kind: "figures",
        title: "How long the slowest take",
        conditions: "the same calls",
        lines: [
          {
            name: "p99 over that of the floor",
            value: (issued?.p99Ms ?? Number.NaN) / (base?.p99Ms ?? Number.NaN),
            unit: "",
            reach: { atMost: 3 },
          },
        ],
      },
    ];
  },
};
