import type { ServiceTokens } from "../crypto/service-token.ts";
import { serviceHeader } from "../layers/authenticate.ts";
import { injectContext } from "../telemetry/tracing.ts";

/** Headers as Connect hands them to a transport. */
export type GivenHeaders = ConstructorParameters<typeof Headers>[0];

/** By what a service proves which one it is. */
export interface Proof {
  readonly caller: string;
  readonly tokens: ServiceTokens;
}

/** A copy, by lower-case names. What callers write down is taken as it is: a Headers object for each call is dear. */
function plain(given: GivenHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  if (given === undefined) return headers;
  if (given instanceof Headers || Array.isArray(given)) {
    new Headers(given).forEach((value, name) => {
      headers[name] = value;
    });
  } else for (const name of Object.keys(given)) headers[name.toLowerCase()] = (given as Record<string, string>)[name] as string;
  return headers;
}

/**
 * What every call between services carries beside what it was given: proof of
 * the caller, and the trace. Calls that are only passed on for somebody else
 * prove nothing: an outsider must not appear as a service.
 */
export function outgoingHeaders(given: GivenHeaders, proof: Proof | undefined, callee: string): Record<string, string> {
  const headers = plain(given);
  if (proof) headers[serviceHeader] = proof.tokens.mint(proof.caller, callee);
  injectContext((name, value) => {
    headers[name] = value;
  });
  return headers;
}
