import type { DescMethod, DescMethodStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { accessOf } from "@signalbox/runtime/contract/policy-of.ts";
import { contract, ownerOf, type Plane, planeOf, type ServiceName, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { bearerOf } from "@signalbox/runtime/layers/authenticate.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Layer, Served } from "@signalbox/runtime/rpc/handler.ts";
import { pathOf, type ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { ending, opening } from "@signalbox/runtime/rpc/streams.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import { type Credentials, planeOfToken, principalOfToken } from "./credentials.ts";
import type { Limiter } from "./limits.ts";
import type { Upstream } from "./upstream.ts";

export interface GatewayNeeds {
  /** The services that this edge stands in front of. */
  readonly upstreams: ReadonlyMap<ServiceName, Upstream>;
  readonly credentials: Credentials;
  /** Calls of a principal, whichever of its credentials it uses. */
  readonly perPrincipal: Limiter;
  /** Calls of an address without credentials, or with such as turn out to be wrong. */
  readonly perAddress: Limiter;
  /** What every call passes here: trace, access log, map errors. */
  readonly layers: readonly Layer[];
}

/** The header by which a caller names its workspace, by id or name, where it has several. */
const workspaceHeader = "signalbox-workspace";

/** Every method that outsiders may call, each passed on to the service that owns it. Internal methods are not here: they do not exist out there. */
export function gateway(needs: GatewayNeeds): ServedMethods {
  const served = new Map<string, Served>();
  for (const name of serviceNames) {
    if (!needs.upstreams.has(name)) continue;
    for (const method of contract[name].flatMap(({ methods }) => methods)) {
      if (accessOf(method).rule.case !== "internal") served.set(pathOf(method), passOn(method, needs));
    }
  }
  return served;
}

function passOn(method: DescMethod, needs: GatewayNeeds): Served {
  if (method.methodKind === "unary") {
    const unary = method as DescMethodUnary;
    const invoke: Extract<Served, { kind: "unary" }>["invoke"] = async (request, call) => {
      let admitted: Admitted | undefined;
      try {
        const admitting = admit(method, call, needs);
        admitted = admitting instanceof Promise ? await admitting : admitting;
        return await admitted.upstream.unary(unary, request, call, admitted.token);
      } catch (error) {
        throw remembered(error, call, admitted, needs);
      }
    };
    return { kind: "unary", method: unary, invoke: needs.layers.reduceRight((next, layer) => layer.unary(next), invoke) };
  }
  const invoke: Extract<Served, { kind: "stream" }>["invoke"] = (requests, call) => {
    let admitted: Admitted | undefined;
    const answers = opening(async () => {
      admitted = await admit(method, call, needs);
      return admitted.upstream.stream(method as DescMethodStreaming, requests, call, admitted.token);
    });
    return ending(answers, { failed: (error) => remembered(error, call, admitted, needs) });
  };
  return { kind: "stream", method, invoke: needs.layers.reduceRight((next, layer) => layer.stream(next), invoke) };
}

/**
 * Whoever tries credentials out is soon told to slow down, whatever they try: a failure counts against the address, and
 * not against the principal that a forged token names.
 */
function remembered(error: unknown, call: Call, admitted: Admitted | undefined, { perAddress, perPrincipal }: GatewayNeeds): unknown {
  if (call.header("authorization") !== undefined && toConnectError(error).code === Code.Unauthenticated) {
    perAddress.charge(call.address ?? "");
    if (admitted?.principal !== undefined) perPrincipal.giveBack(admitted.principal);
  }
  return error;
}

interface Admitted {
  readonly upstream: Upstream;
  readonly token: string | undefined;
  /** Whom the call was counted for; nobody has looked whether the token is good. */
  readonly principal: string | undefined;
}

/** Limits the caller, and finds the service and the token to go there with: at once where nobody has to be asked. */
function admit(method: DescMethod, call: Call, needs: GatewayNeeds): Admitted | Promise<Admitted> {
  const credential = bearerOf(call.header("authorization"));
  if (credential === undefined) needs.perAddress.take(call.address ?? "");
  else needs.perAddress.check(call.address ?? "");
  const workspace = call.header(workspaceHeader) ?? "";
  const plane = planeFor(method, credential, workspace, needs);
  const owner = ownerOf(method.parent, plane);
  const upstream = needs.upstreams.get(owner);
  if (!upstream) throw new SignalboxError(Reason.METHOD_UNKNOWN, `${pathOf(method)} is not answered here: ask at the other plane`);
  // What anyone may call must work for those, too, whose old token is still sent along.
  if (credential === undefined || accessOf(method).rule.case === "public") return { upstream, token: undefined, principal: undefined };
  const exchanged = needs.credentials.tokenFor(credential, plane, workspace);
  const counted = (token: string): Admitted => {
    const principal = principalOfToken(token);
    needs.perPrincipal.take(principal);
    return { upstream, token, principal };
  };
  return typeof exchanged === "string" ? counted(exchanged) : exchanged.then(counted);
}

/** The audit log is one contract with two logs: the token, or the workspace that the caller names, says which. */
function planeFor(method: DescMethod, credential: string | undefined, workspace: string, { upstreams }: GatewayNeeds): Plane {
  if (method.parent !== AuditService) return planeOf[ownerOf(method.parent)];
  if (!upstreams.has("org")) return "workspace";
  if (!upstreams.has("registry")) return "control";
  return workspace !== "" || (credential !== undefined && planeOfToken(credential) === "workspace") ? "workspace" : "control";
}
