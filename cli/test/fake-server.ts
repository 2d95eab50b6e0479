import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getOption } from "@bufbuild/protobuf";
import { type Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { BadRequestSchema, ErrorInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { type Reason, ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { status } from "@signalbox/gen/signalbox/options/v1/options_pb.ts";

/** A server of the contract on a port of its own, with the services that a test gives it. */
export interface FakeServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startServer(routes: (router: ConnectRouter) => void): Promise<FakeServer> {
  const server = createServer(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A failure as the server sends it. */
export function failing(
  reason: Reason,
  message: string,
  metadata: Record<string, string> = {},
  fieldViolations: readonly { field: string; description: string }[] = [],
): ConnectError {
  const value = ReasonSchema.value[reason];
  const code = (value ? getOption(value, status) : 13) as Code;
  const name = (value?.name ?? "").slice("REASON_".length);
  return new ConnectError(message, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason: name, domain: "signalbox", metadata } },
    ...(fieldViolations.length > 0 ? [{ desc: BadRequestSchema, value: { fieldViolations: [...fieldViolations] } }] : []),
  ]);
}
