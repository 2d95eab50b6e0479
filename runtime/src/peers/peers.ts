import type { DescService } from "@bufbuild/protobuf";
import type { CallOptions, Client } from "@connectrpc/connect";
import type { ServiceName } from "../contract/services.ts";
import type { Call } from "../rpc/call.ts";

/**
 * Finds the client of another service, wherever that service runs. `at` names
 * the program where several answer the same contract.
 */
export type Peers = <S extends DescService>(service: S, at?: ServiceName) => Client<S>;

/**
 * Call options that take a call further: the person's token, what is left of
 * the deadline, and the end of the call travel along. A call without them is
 * made on the service's own account, which only internal methods allow.
 */
export function onward(call: Call): CallOptions {
  const token = call.caller && "token" in call.caller ? call.caller.token : undefined;
  return {
    signal: call.signal,
    ...(call.deadline === undefined ? {} : { timeoutMs: Math.max(1, call.deadline - Date.now()) }),
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  };
}
