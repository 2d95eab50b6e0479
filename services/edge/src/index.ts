import { createContextValues } from "@connectrpc/connect";
import { errorToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Buckets } from "@signalbox/runtime/cache/buckets.ts";
import { contract, type ServiceName } from "@signalbox/runtime/contract/services.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Admission } from "@signalbox/runtime/host/admission.ts";
import type { Log } from "@signalbox/runtime/host/log.ts";
import { probes } from "@signalbox/runtime/host/probes.ts";
import { accessLog } from "@signalbox/runtime/layers/access-log.ts";
import { mapErrors } from "@signalbox/runtime/layers/map-errors.ts";
import { trace } from "@signalbox/runtime/layers/trace.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Readiness } from "@signalbox/runtime/wire/health.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import { type AnyRequest, addressKey, addressOf, pathIn } from "./address.ts";
import { credentials } from "./credentials.ts";
import { gateway } from "./gateway.ts";
import { grpcCalls } from "./grpc.ts";
import { type Limit, limiter } from "./limits.ts";
import { type Listen, type Listening, listen } from "./listener.ts";
import { answerPreflight, headersFor, isAddressed, type Manners, setHeaders } from "./manners.ts";
import { pages, sendJson } from "./pages.ts";
import { places } from "./places.ts";
import { routes } from "./router.ts";
import { serverStreams } from "./server-streams.ts";
import { turnAway } from "./turn-away.ts";
import { type Answer, type AnyResponse, unaryCalls } from "./unary.ts";
import { unfit } from "./unfit.ts";
import type { Upstream } from "./upstream.ts";

export interface EdgeNeeds {
  readonly listen: Listen;
  readonly manners: Manners;
  /** How many proxies in front are trusted to say who calls. */
  readonly trustedProxies: number;
  readonly maxBodyBytes: number;
  readonly perPrincipal: Limit;
  readonly perAddress: Limit;
  /** What the replicas of the edge keep limits together by; without it each keeps its own. */
  readonly buckets?: Buckets | undefined;
  readonly admission: Admission;
  readonly upstreams: ReadonlyMap<ServiceName, Upstream>;
  readonly peers: Peers;
  readonly ready: Readiness;
  readonly version: string;
  readonly log: Log;
}

/** The door: Connect, gRPC, gRPC-Web and HTTPS JSON on one port, in front of every service. It owns no tables. */
export async function edge(needs: EdgeNeeds): Promise<Listening> {
  const { upstreams, peers, maxBodyBytes, manners, buckets } = needs;
  // One deployment has its services all here or all elsewhere.
  const passesUnread = [...upstreams.values()].some(({ opaque }) => opaque);
  const methods = gateway({
    upstreams,
    credentials: credentials(peers),
    perPrincipal: limiter(needs.perPrincipal, { shared: buckets && { buckets, kind: "principal" } }),
    perAddress: limiter(needs.perAddress, { shared: buckets && { buckets, kind: "address" } }),
    layers: [trace(), accessLog(needs.log), mapErrors],
  });
  const open = probes(
    [...upstreams.keys()].flatMap((name) => contract[name]),
    needs.ready,
  );
  const connect = unaryCalls(methods, passesUnread, maxBodyBytes);
  const grpc = grpcCalls(methods, passesUnread, maxBodyBytes);
  const hasPlace = places({ methods, open, admission: needs.admission });
  const streams = new Set<Call>();
  const connectStreams = serverStreams(methods, passesUnread, maxBodyBytes, streams);
  const fast: Answer = (request, response, address, headers) =>
    connect(request, response, address, headers) ||
    grpc(request, response, address, headers) ||
    connectStreams(request, response, address, headers);
  const page = pages(needs);
  const adapter = (reads: boolean) =>
    connectNodeAdapter({
      routes: (router) => {
        routes(methods, reads, streams)(router);
        routes(open, true, streams)(router);
      },
      contextValues: (request) => createContextValues().set(addressKey, addressOf(request as AnyRequest, needs.trustedProxies)),
      fallback: (request, response) => unknown(request as AnyRequest, response as AnyResponse),
      jsonOptions: { ignoreUnknownFields: false },
      readMaxBytes: maxBodyBytes,
    });
  const read = adapter(true);
  const unread = passesUnread ? adapter(false) : read;

  const listening = await listen((request, response) => {
    const headers = headersFor(request, manners);
    const address = addressOf(request, needs.trustedProxies);
    const addressed = isAddressed(request, manners);
    const isCall = addressed && request.method === "POST" && methods.has(request.url ?? "");
    const placed = isCall ? hasPlace(request, response, address) : undefined;
    // What most requests are: an answer by a fast path brings its headers along.
    if (placed && fast(request, response, address, headers)) return;
    setHeaders(response, headers);
    if (!addressed) {
      refuse(
        request,
        response,
        400,
        Reason.HOST_REFUSED,
        "this server does not answer for the host that the request names; SIGNALBOX_HOSTS says for which it does",
      );
    } else if (answerPreflight(request, response) || page(request, response)) return;
    else if (!(placed ?? hasPlace(request, response, address))) turnAway(request, response);
    else {
      const called = methods.get(pathIn(request));
      const fault = called && unfit(request, called.method);
      if (fault) {
        setHeaders(response, fault.headers);
        refuse(request, response, fault.status, fault.reason, fault.message);
      } else (isBinary(request) ? unread : read)(request as never, response as never);
    }
  }, needs.listen);

  return {
    url: listening.url,
    close: async (withinMs) => {
      const closed = listening.close(withinMs);
      // Calls get the time; streams would never use it, and their clients resume elsewhere.
      const away = new SignalboxError(Reason.UNAVAILABLE, "the server is stopping; resume the stream", { retryAfterMs: 500 });
      for (const call of streams) call.abort(away);
      await closed;
    },
  };
}

/** Whether the messages of a request are protobuf: in its content type, or in the query of a GET. */
export function isBinary({ url = "", headers }: AnyRequest): boolean {
  const type = headers["content-type"];
  return type === undefined ? /[?&]encoding=proto(&|$)/.test(url) : !type.includes("json");
}

/** Answers a request for something that is not there, in the protocol in which it was asked. */
export function unknown(request: AnyRequest, response: AnyResponse): void {
  const path = pathIn(request).slice(0, 200);
  refuse(request, response, 404, Reason.METHOD_UNKNOWN, `there is nothing at ${path}`);
}

function refuse(request: AnyRequest, response: AnyResponse, status: number, reason: Reason, message: string): void {
  const error = toConnectError(new SignalboxError(reason, message));
  const type = request.headers["content-type"];
  if (!type?.startsWith("application/grpc")) {
    sendJson(request, response, status, errorToJson(error, undefined));
    return;
  }
  // gRPC tells of a failure in trailers, which are headers where nothing else is sent.
  const trailers = new Headers({ "content-type": type });
  setTrailerStatus(trailers, error);
  for (const [name, value] of trailers) response.setHeader(name, value);
  response.statusCode = 200;
  response.end();
}
