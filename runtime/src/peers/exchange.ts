import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { failureIn } from "../wire/grpc-status.ts";
import type { Connection } from "./connection.ts";

/** A call as it goes out. */
export interface Outgoing {
  /** Its headers with all that gRPC asks for. The call's own: how much time is left is written there with each try. */
  readonly head: Record<string, string>;
  /** In milliseconds since 1970; undefined where the caller waits for ever. */
  readonly deadline: number | undefined;
}

/** One try to have a call answered, by the one replica that it was sent to. */
export interface Exchange {
  readonly stream: ClientHttp2Stream;
  /** Whether the service has said how it ended. */
  isTold(): boolean;
  /** How it ended, once it has: undefined where all is well. */
  failure(): Failure | undefined;
  /** Gives it up. */
  cancel(): void;
}

export interface Failure {
  readonly error: ConnectError;
  /** Whether nobody has begun to work on the call. */
  readonly untouched: boolean;
}

/** Whether a call may be answered by another try, at another replica or after a moment. */
export const isPassing = ({ error }: Failure): boolean => error.code === Code.Unavailable;

// What the header can say: eight digits.
const longestTimeoutMs = 99_999_999;

/** Sends the head of a call. What it says is written to the stream that is returned. */
export function exchange(connection: Connection, { head, deadline }: Outgoing): Exchange {
  if (deadline !== undefined) head["grpc-timeout"] = `${Math.min(longestTimeoutMs, Math.max(1, deadline - Date.now()))}m`;
  const stream = connection.request(head);
  let first: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined;
  let last: IncomingHttpHeaders | undefined;
  let fault: Error | undefined;
  stream.on("response", (heard) => {
    first = heard;
  });
  stream.on("trailers", (heard) => {
    last = heard;
  });
  stream.on("error", (error) => {
    fault = error;
  });
  return {
    stream,
    isTold: () => (last ?? first)?.["grpc-status"] !== undefined,
    failure() {
      const told = last ?? first;
      if (told?.["grpc-status"] !== undefined) {
        const error = failureIn(told);
        return error && { error, untouched: false };
      }
      if (first && first[":status"] !== 200) return { error: refusedBy(Number(first[":status"])), untouched: false };
      return cutOff(stream.rstCode, stream.pending, fault);
    },
    cancel: () => stream.close(constants.NGHTTP2_CANCEL),
  };
}

const statusCodes: Readonly<Record<number, Code>> = {
  400: Code.Internal,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.Unimplemented,
  429: Code.Unavailable,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.Unavailable,
};

/** What a proxy that does not speak gRPC means. */
const refusedBy = (status: number) =>
  new ConnectError(`the way to the service answers with ${status}`, statusCodes[status] ?? Code.Unknown);

const resetCodes: Readonly<Record<number, Code>> = {
  [constants.NGHTTP2_PROTOCOL_ERROR]: Code.Internal,
  [constants.NGHTTP2_FLOW_CONTROL_ERROR]: Code.Internal,
  [constants.NGHTTP2_FRAME_SIZE_ERROR]: Code.Internal,
  [constants.NGHTTP2_COMPRESSION_ERROR]: Code.Internal,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: Code.ResourceExhausted,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: Code.PermissionDenied,
};

/** A call that ended without a status: its connection broke, or the service ended with it. */
function cutOff(reset: number | undefined, isPending: boolean, cause: unknown): Failure {
  const code = resetCodes[reset ?? constants.NGHTTP2_NO_ERROR] ?? Code.Unavailable;
  const untouched = isPending || reset === constants.NGHTTP2_REFUSED_STREAM;
  return { error: new ConnectError("the service ended the call before it was answered", code, undefined, undefined, cause), untouched };
}
