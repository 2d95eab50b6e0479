import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { expect, test } from "vitest";
import { SignalboxError } from "../errors.ts";
import { toConnectError, toSignalboxError } from "./status.ts";

function delayOf(error: ConnectError): number | undefined {
  const [retry] = error.findDetails(RetryInfoSchema);
  return retry?.retryDelay && durationMs(retry.retryDelay);
}

test("what passes by itself says when to come back, also where it came without a word of that", () => {
  expect(delayOf(toConnectError(new SignalboxError(Reason.DEADLINE_EXCEEDED, "late")))).toBe(1_000);
  expect(delayOf(toConnectError(new SignalboxError(Reason.UNAVAILABLE, "away", { retryAfterMs: 250 })))).toBe(250);
  for (const code of [Code.Unavailable, Code.DeadlineExceeded])
    expect(delayOf(toConnectError(toSignalboxError(new ConnectError("a connection was dropped", code))))).toBe(1_000);
  expect(delayOf(toConnectError(new SignalboxError(Reason.NOT_FOUND, "no")))).toBeUndefined();
});
