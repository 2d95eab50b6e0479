import { once } from "node:events";
import { createServer, type Http2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { type Client, createClient } from "@connectrpc/connect";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { grpcChannel } from "../../src/peers/grpc.ts";
import { enveloped } from "../../src/wire/envelope.ts";

export interface RudePeer {
  /** Its calls may be repeated. */
  readonly runs: Client<typeof RunService>;
  /** SignIn may not. */
  readonly auth: Client<typeof AuthService>;
  /** How many streams came so far, and over how many connections. */
  readonly streams: () => number;
  readonly sessions: readonly Http2Session[];
  /** Ends the server. The client goes on. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** A server of bare HTTP/2 that answers as a test says, told the number of the stream from 1; and a client of it. */
export async function rudePeer(answer: (stream: ServerHttp2Stream, count: number) => void, maxConcurrentStreams = 100): Promise<RudePeer> {
  const sessions: Http2Session[] = [];
  let streams = 0;
  const server = createServer({ settings: { maxConcurrentStreams } });
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.resume();
    answer(stream, ++streams);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const channel = grpcChannel({ callee: "runs", proof: undefined, address: `127.0.0.1:${port}` });
  async function stop(): Promise<void> {
    for (const session of sessions) session.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
  return {
    runs: createClient(RunService, channel.transport),
    auth: createClient(AuthService, channel.transport),
    streams: () => streams,
    sessions,
    stop,
    close() {
      channel.close();
      return stop();
    },
  };
}

/** Answers a unary call, or a stream with one message, with an empty message and OK. */
export function answerWell(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(enveloped(Buffer.alloc(0)));
}
