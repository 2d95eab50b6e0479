import { Server, ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";
import { codecOf } from "@signalbox/runtime/wire/codec.ts";
import { method, response } from "./scene.ts";

// A bare handler of grpc-js: the messages are decoded and encoded, and that is all.
const server = new Server();
const { path, responseSerialize, requestDeserialize } = codecOf(method);
const handler = (_: unknown, done: sendUnaryData<typeof response>) => done(null, response);
server.register(path, handler as never, responseSerialize, requestDeserialize, "unary");
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`ready 127.0.0.1:${port} none\n`);
});
