import { EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { contract, planeOf, type ServiceName } from "../contract/services.ts";
import { accessTokenVerifier } from "../crypto/access-token.ts";
import { runTokens } from "../crypto/run-token.ts";
import { serviceTokens } from "../crypto/service-token.ts";
import { layers } from "../layers/layers.ts";
import { type DecisionOptions, decisions } from "../policy/decide.ts";
import { runEnds } from "../policy/run-ends.ts";
import { signingKeys } from "../policy/signing-keys.ts";
import { layered, type ServedMethods } from "../rpc/layered.ts";
import type { Admission } from "./admission.ts";
import { type Needs, type Part, type Serves, serves } from "./part.ts";

/** Puts the layers around a part: what it then answers over any wire. Fails where it lacks a service that the contract says it owns. */
export function program(
  name: ServiceName,
  part: Part,
  needs: Needs,
  { admission, ...options }: DecisionOptions & { readonly admission?: Admission } = {},
): ServedMethods {
  for (const service of contract[name]) {
    if (!part.serves.some((each) => each.service === service)) throw new Error(`${name} does not answer ${service.typeName}`);
  }
  const { peers, policy, clock, issuer, meshKeys } = needs;
  const services: Serves[] = [...part.serves, ...(part.events ? [serves(EventService, part.events)] : [])];
  return layered(
    services,
    layers({
      service: name,
      plane: planeOf[name],
      accessTokens: accessTokenVerifier({ issuer, keys: signingKeys(peers), clock }),
      runTokens: runTokens(meshKeys, clock),
      serviceTokens: serviceTokens(meshKeys, clock),
      runEnds: runEnds(peers),
      decisions: decisions(policy, peers, options),
      resolvers: part.resolvers,
      policy,
      clock,
      log: needs.log,
      admission,
      recordRefusal: part.recordRefusal ?? (() => {}),
    }),
  );
}
