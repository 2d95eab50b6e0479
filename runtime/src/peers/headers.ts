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

/**
 * What every call between services carries beside what it was given: proof of
 * the caller, and the trace. Calls that are only passed on for somebody else
 * prove nothing: an outsider must not appear as a service.
 */
export function outgoingHeaders(given: GivenHeaders, proof: Proof | undefined, callee: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (given !== undefined) {
    new Headers(given).forEach((value, name) => {
      headers[name] = value;
    });
  }
  if (proof) headers[serviceHeader] = proof.tokens.mint(proof.caller, callee);
  injectContext((name, value) => {
    headers[name] = value;
  });
  return headers;
}
