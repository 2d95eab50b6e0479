import { Code, ConnectError } from "@connectrpc/connect";
import { expiry } from "../rpc/expiry.ts";
import type { Repeats } from "./repeats.ts";
import type { Replicas } from "./replicas.ts";

/** How calls reach a service. */
export interface Way {
  /** What failures call the service. */
  readonly callee: string;
  readonly replicas: Replicas;
  readonly repeats: Repeats;
}

/** Watches over the deadlines of all calls that go out: a timer for each would cost more than the call. */
export const deadlines = expiry();

export const late = () => new ConnectError("the deadline passed before the answer came", Code.DeadlineExceeded);
export const left = () => new ConnectError("the caller went away", Code.Canceled);

/** The service is not to be reached, and the call does not wait for it. Addresses stay with those who run the mesh. */
export function unreachable(callee: string, cause: Error): ConnectError {
  const { code = cause.name } = cause as NodeJS.ErrnoException;
  return new ConnectError(`${callee} cannot be reached (${code})`, Code.Unavailable, undefined, undefined, cause);
}
