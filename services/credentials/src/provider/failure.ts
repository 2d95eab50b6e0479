import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { AddressRefused } from "../outbound/address.ts";

/** Whom the service asks: clouds and token endpoints, and the hosts of code. */
export type Provider = "aws_sts" | "oauth" | CodeProvider;
export type CodeProvider = "github" | "gitlab" | "bitbucket" | "bitbucket_data_center" | "git";

export interface Unavailability {
  /** When a repeat may succeed; a second unless told. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The provider said no. `code` is its own word for why; nothing else of its answer travels, since it may repeat secrets. */
export function providerRefused(provider: Provider, code: string): SignalboxError {
  return new SignalboxError(Reason.PROVIDER_REFUSED, `${provider} refused: ${cleanCode(code)}`, {
    metadata: { provider, code: cleanCode(code) },
  });
}

/** The provider could not be reached, or failed. */
export function providerUnavailable(provider: Provider, code: string, { retryAfterMs = 1000, cause }: Unavailability = {}): SignalboxError {
  return new SignalboxError(Reason.PROVIDER_UNAVAILABLE, `${provider} cannot be asked now: ${cleanCode(code)}`, {
    metadata: { provider, code: cleanCode(code) },
    retryAfterMs,
    cause,
  });
}

/** What an error on the way to a provider means. What is no fault of the network passes. */
export function failureOf(provider: Provider, error: unknown, timeout: AbortSignal): unknown {
  if (error instanceof SignalboxError) return error;
  if (timeout.aborted) return providerUnavailable(provider, "timeout", { cause: error });
  if (error instanceof AddressRefused) return providerRefused(provider, "address_refused");
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? providerUnavailable(provider, code, { cause: error }) : error;
}

/** The connector cannot narrow to what was asked for. `right` tells what it can. */
export function notCovered(resource: string, right: string): SignalboxError {
  return new SignalboxError(Reason.RESOURCE_NOT_COVERED, `the connector issues no credential for "${resource}": ${right}`, {
    metadata: { resource },
  });
}

const cleanCode = (code: string): string => (/^[A-Za-z0-9_.:-]{1,64}$/.test(code) ? code : "unknown");
