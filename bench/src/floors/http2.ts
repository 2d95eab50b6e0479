import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { toBinary } from "@bufbuild/protobuf";
import { method, response } from "./scene.ts";

// The least that Node can do for a unary call of gRPC: read the request, send bytes and trailers, look at nothing.
const message = toBinary(method.output, response);
const answer = Buffer.concat([Buffer.alloc(5), message]);
answer.writeUInt32BE(message.length, 1);
const server = createServer();
server.on("stream", (stream) => {
  stream.resume();
  stream.on("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(answer);
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`ready 127.0.0.1:${(server.address() as AddressInfo).port} none\n`));
