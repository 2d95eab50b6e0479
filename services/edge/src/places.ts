import { constants, type Http2ServerRequest } from "node:http2";
import type { Admission } from "@signalbox/runtime/host/admission.ts";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { type AnyRequest, pathIn } from "./address.ts";
import type { AnyResponse } from "./unary.ts";

export interface PlaceNeeds {
  readonly methods: ServedMethods;
  /** What is answered however much there is to do: probes. */
  readonly open: ServedMethods;
  readonly admission: Admission;
}

/** Whether a call has a place, which it keeps until it is answered; one that has none is to be turned away. */
export type HasPlace = (request: AnyRequest, response: AnyResponse, address: string | undefined) => boolean;

export function places({ methods, open, admission }: PlaceNeeds): HasPlace {
  const reading = readings();
  return (request, response, address = "") => {
    const path = pathIn(request);
    if (open.has(path)) return true;
    const served = methods.get(path);
    const kind = served?.kind === "stream" ? "stream" : "call";
    const who = [address, request.headers.authorization ?? ""];
    if (!admission.hasRoom(kind, who)) return false;
    const take = () => {
      if (!response.destroyed) response.on("close", admission.take(kind, who));
    };
    // A call has its place once it is there as a whole: one that dribbles in does nothing yet.
    if (kind === "stream" || request.method !== "POST") take();
    else request.on("end", take);
    if (served?.kind !== "stream" || served.method.methodKind === "server_streaming") reading(request);
    return true;
  };
}

/** So many requests may be on their way in at once. */
const mostReadings = 1_000;
/** One that is on its way for longer than this goes first when there are too many. */
const patienceMs = 5_000;
/** None is on its way for longer. HTTP/1.1 has the same limit in its server; see listener.ts. */
const requestWithinMs = 60_000;

/** Looks after requests that are on their way in, and cuts off what does not come to its end. */
function readings(): (request: AnyRequest) => void {
  const since = new Map<AnyRequest, number>();
  return (request) => {
    const now = performance.now();
    for (const [oldest, began] of since) {
      const allowedMs = since.size < mostReadings ? requestWithinMs : patienceMs;
      if (now - began < allowedMs) break;
      since.delete(oldest);
      cut(oldest);
    }
    since.set(request, now);
    const done = () => since.delete(request);
    request.on("end", done).on("close", done);
  };
}

function cut(request: AnyRequest): void {
  if (request.httpVersionMajor === 1) request.destroy();
  else (request as Http2ServerRequest).stream.close(constants.NGHTTP2_CANCEL);
}
