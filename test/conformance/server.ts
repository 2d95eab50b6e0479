import { readFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { deadline } from "@signalbox/runtime/layers/deadline.ts";
import { mapErrors } from "@signalbox/runtime/layers/map-errors.ts";
import { open } from "@signalbox/runtime/rpc/layered.ts";
import { conformanceService, messageOf, type ServerRequest } from "./contract.ts";
import { serveEdge } from "./edge.ts";
import { serveServices } from "./grpc.ts";
import { handlers } from "./service.ts";

// A server under test of connectconformance: it is told on standard input what to serve, says on standard output where it does,
// and ends on SIGTERM. Its argument says which of our servers it is.

export type Serve = (request: ServerRequest) => Promise<{ readonly port: number }>;

const servers: Readonly<Record<string, Serve>> = {
  edge: (request) => serveEdge(methods, request, false),
  "edge-unread": (request) => serveEdge(methods, request, true),
  grpc: (request) => serveServices(methods, request),
};

const implemented = { ...conformanceService, methods: conformanceService.methods.filter(({ localName }) => localName !== "unimplemented") };
const methods = open([{ service: implemented, handlers: handlers as never }], [mapErrors, deadline]);

const [name = ""] = process.argv.slice(2);
const serve = servers[name];
if (!serve) throw new Error(`say which server: ${Object.keys(servers).join(", ")}`);
process.on("SIGTERM", () => process.exit(0));
const request = fromBinary(messageOf("ServerCompatRequest"), readFileSync(0).subarray(4)) as unknown as ServerRequest;
const { port } = await serve(request);
const response = create(messageOf("ServerCompatResponse"), {
  host: "127.0.0.1",
  port,
  ...(request.useTls && request.serverCreds ? { pemCert: request.serverCreds.cert } : {}),
} as never);
const bytes = toBinary(messageOf("ServerCompatResponse"), response);
const length = Buffer.alloc(4);
length.writeUInt32BE(bytes.length);
process.stdout.write(Buffer.concat([length, bytes]));
