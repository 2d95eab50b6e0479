import { ServerCredentials } from "@grpc/grpc-js";
import { layered } from "@signalbox/runtime/rpc/layered.ts";
import { serveGrpc } from "@signalbox/runtime/wire/grpc-server.ts";
import { emptyService } from "./scene.ts";

// A service of the mesh that does nothing: every layer, and no work.
const { service, layers, token } = emptyService();
const { address } = await serveGrpc(layered([service], layers), { host: "127.0.0.1", port: 0 }, ServerCredentials.createInsecure());
process.stdout.write(`ready ${address} ${token}\n`);
