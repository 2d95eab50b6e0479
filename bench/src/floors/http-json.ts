import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

// The least that Node can do for JSON over HTTP: parse the request, print the answer that it was given.
const answer = JSON.parse(process.argv[2] ?? "{}") as unknown;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify(answer);
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`ready 127.0.0.1:${(server.address() as AddressInfo).port} none\n`));
