import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { serveGrpc } from "@signalbox/runtime/wire/grpc-server.ts";
import type { ServerRequest } from "./contract.ts";
import { keepIncoming } from "./exchange.ts";

type Register = Server["register"];
type Implementation = (incoming: never, done?: never) => unknown;

/** The gRPC server of every service, around other methods. */
export async function serveServices(methods: ServedMethods, request: ServerRequest): Promise<{ readonly port: number }> {
  keepMetadata();
  const { serverCreds, useTls, clientTlsCert } = request;
  const trusted = clientTlsCert.length > 0 ? Buffer.from(clientTlsCert) : null;
  const credentials =
    useTls && serverCreds
      ? ServerCredentials.createSsl(
          trusted,
          [{ private_key: Buffer.from(serverCreds.key), cert_chain: Buffer.from(serverCreds.cert) }],
          trusted !== null,
        )
      : ServerCredentials.createInsecure();
  const { address } = await serveGrpc(methods, { host: "127.0.0.1", port: 0 }, credentials);
  return { port: Number(address.split(":")[1]) };
}

/** Gets at the metadata of every call. Our server gives its handlers none to write, and needs none. */
function keepMetadata(): void {
  const register: Register = Server.prototype.register;
  const keeping =
    (handler: Implementation): Implementation =>
    (incoming, done) =>
      handler(incoming, keepIncoming(incoming, done) as never);
  Server.prototype.register = function (this: Server, name: string, handler: Implementation, ...rest: unknown[]) {
    return (register as (...given: unknown[]) => boolean).call(this, name, keeping(handler), ...rest);
  } as Register;
}
