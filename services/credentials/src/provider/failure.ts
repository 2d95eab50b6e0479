import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";

/** Whom a connector asks. */
export type Provider = "aws_sts" | "oauth";

export interface Unavailability {
  /** When a repeat may succeed; a second unless told. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The provider said no. `code` is its own word for why; nothing else of its answer travels, since it may repeat secrets. */
export function providerRefused(provider: Provider, code: string): SignalboxError {
  return new SignalboxError(Reason.PROVIDER_REFUSED, `${provider} refused to issue a credential: ${cleanCode(code)}`, {
    metadata: { provider, code: cleanCode(code) },
  });
}

/** The provider could not be reached, or failed. */
export function providerUnavailable(provider: Provider, code: string, { retryAfterMs = 1000, cause }: Unavailability = {}): SignalboxError {
  return new SignalboxError(Reason.PROVIDER_UNAVAILABLE, `${provider} cannot issue a credential now: ${cleanCode(code)}`, {
    metadata: { provider, code: cleanCode(code) },
    retryAfterMs,
    cause,
  });
}

/** The connector cannot narrow to what was asked for. `right` tells what it can. */
export function notCovered(resource: string, right: string): SignalboxError {
  return new SignalboxError(Reason.RESOURCE_NOT_COVERED, `the connector issues no credential for "${resource}": ${right}`, {
    metadata: { resource },
  });
}

const cleanCode = (code: string): string => (/^[A-Za-z0-9_.:-]{1,64}$/.test(code) ? code : "unknown");
