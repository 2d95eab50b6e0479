import { create, toBinary } from "@bufbuild/protobuf";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import {
  AuthorizationService,
  BatchCheckRequestSchema,
  CheckRequestSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { roles } from "@signalbox/runtime/policy/roles.ts";
import { pathOf } from "@signalbox/runtime/rpc/layered.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Benchmark } from "../benchmark.ts";
import { grpcLoad } from "../load/grpc.ts";
import { type Place, wholeMesh } from "../place.ts";
import { race } from "../race.ts";
import { emptyCalls } from "./mesh.ts";

const principals = 1_000;
const perBatch = 50;
const inFlight = 64;
const atOnce = 32;

/** Decisions of rbac over gRPC. */
export const check: Benchmark = {
  about:
    "Check and BatchCheck over gRPC, straight to rbac, by somebody who may ask about others; the floor is a service of the mesh that does nothing",
  bound:
    "the call, not the decision: the code of rbac is a hundredth of its time. A question and its answer are larger than the floor's, which is a twelfth for protobuf and more to collect and to send; processors differ in what that is worth",
  async measure(stage) {
    const place = await wholeMesh(stage, "postgres");
    const questions = await populate(place);
    const load = async (
      method: typeof AuthorizationService.method.check | typeof AuthorizationService.method.batchCheck,
      request: Uint8Array,
    ) => {
      const metadata = { authorization: `Bearer ${place.admin}` };
      const opened = await grpcLoad({ address: place.addresses.rbac ?? "", path: pathOf(method), metadata, request });
      return stage.own(opened, (each) => each.close()).call;
    };
    const { check: one, batchCheck: many } = AuthorizationService.method;
    const single = await load(one, toBinary(CheckRequestSchema, create(CheckRequestSchema, { question: questions[0] as never })));
    const batch = await load(
      many,
      toBinary(BatchCheckRequestSchema, create(BatchCheckRequestSchema, { questions: questions.slice(0, perBatch) as never })),
    );
    const floor = await emptyCalls(stage, "layered", "floor: a service that does nothing, all layers");
    const calls = await race([floor.contender, { name: "Check", atOnce: inFlight, work: single, reach: 0.9 }]);
    const [decisions] = await race([{ name: `BatchCheck of ${perBatch}`, atOnce: 16, units: perBatch, work: batch }]);
    const conditions = `a mesh of nine processes, ${principals} principals with a role each; one connection`;
    return [
      { kind: "race", title: "Check", conditions: `${conditions}, ${inFlight} in flight`, unit: "call", lines: calls },
      {
        kind: "figures",
        title: "BatchCheck",
        conditions: `${conditions}, 16 batches of ${perBatch} in flight`,
        lines: [
          { name: "decisions", value: decisions?.perSecond ?? Number.NaN, unit: "a second", reach: { atLeast: 80_000 } },
          { name: "a batch, half of them within", value: decisions?.p50Ms ?? Number.NaN, unit: "ms" },
          { name: "a batch, all but one of a hundred within", value: decisions?.p99Ms ?? Number.NaN, unit: "ms" },
        ],
      },
    ];
  },
};

/** Gives a thousand principals a role each, and asks about all of them: what they may, and what they may not. */
async function populate(place: Place) {
  const { organization } = await place.client(AuthService, place.admin).getSelf({});
  const [accounts, bindings] = [place.client(ServiceAccountService, place.admin), place.client(RoleBindingService, place.admin)];
  const ids = Array.from({ length: principals }, newUuid);
  const wide = roles.filter(({ level }) => level === "organization");
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < ids.length; at = next++) {
      const [id = "", role] = [ids[at], wide[at % wide.length]?.id ?? ""];
      await accounts.createServiceAccount({ id, organization, name: `worker-${at}` });
      await bindings.createRoleBinding({ principal: id, role, scope: { organization } });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return ids.map((principal, at) => ({ principal, permission: at % 2 === 0 ? "run.read" : "workspace.delete", scope: { organization } }));
}
