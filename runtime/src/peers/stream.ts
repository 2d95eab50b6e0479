import { once } from "node:events";
import type { ClientHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { sleep } from "../rpc/sleep.ts";
import { enveloped, envelopes } from "../wire/envelope.ts";
import type { Connection } from "./connection.ts";
import { type Exchange, exchange, isPassing, type Outgoing } from "./exchange.ts";
import { deadlines, late, left, unreachable, type Way } from "./way.ts";

export interface StreamRequest extends Outgoing {
  /** What it says. A list can be sent again, where the service could not be reached before it answered. */
  readonly messages: readonly Uint8Array[] | AsyncIterable<Uint8Array>;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** Makes a call that is answered by a stream, bytes to bytes. It begins with the first message that is asked for, and waits while the service cannot be reached. */
export async function* callStream(way: Way, request: StreamRequest): AsyncIterable<Buffer> {
  const { deadline, signal, messages } = request;
  const end = new AbortController();
  const expiring = deadline === undefined ? undefined : { due: deadline, expire: () => end.abort(late()) };
  const leave = () => end.abort(left());
  if (signal?.aborted) leave();
  signal?.addEventListener("abort", leave, { once: true });
  if (expiring) deadlines.add(expiring);
  let current: Exchange | undefined;
  end.signal.addEventListener("abort", () => current?.cancel(), { once: true });
  try {
    for (let failures = 1; ; failures++) {
      const tried = await begin(way, request, end.signal);
      current = tried;
      if (end.signal.aborted) tried.cancel();
      void send(tried.stream, messages, end);
      let begun = false;
      for await (const message of answersOf(tried, request.maxAnswerBytes)) {
        begun = true;
        yield message;
      }
      if (end.signal.aborted) throw end.signal.reason;
      const failure = tried.failure();
      if (!failure) return way.repeats.answered();
      const again = !begun && Array.isArray(messages) && (failure.untouched || isPassing(failure));
      const pauseMs = again ? way.repeats.afterFailure(failures) : undefined;
      if (pauseMs === undefined) throw failure.error;
      await sleep(pauseMs, end.signal);
    }
  } finally {
    signal?.removeEventListener("abort", leave);
    if (expiring) deadlines.remove(expiring);
    // A reader that left ends the call.
    end.abort(left());
  }
}

/** A try, as soon as there is a connection for it: it takes its room there at once. */
function begin({ callee, replicas }: Way, request: StreamRequest, end: AbortSignal): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      replicas.leave(waiting);
      reject(end.reason);
    };
    const waiting = {
      patient: true,
      go(connection: Connection) {
        end.removeEventListener("abort", stop);
        resolve(exchange(connection, request));
      },
      fail: (cause: Error) => reject(unreachable(callee, cause)),
    };
    const connection = end.aborted ? undefined : replicas.pick();
    if (end.aborted) stop();
    else if (connection) waiting.go(connection);
    else {
      end.addEventListener("abort", stop, { once: true });
      replicas.wait(waiting);
    }
  });
}

async function send(stream: ClientHttp2Stream, messages: StreamRequest["messages"], end: AbortController): Promise<void> {
  try {
    for await (const message of messages) {
      if (stream.closed || stream.destroyed) return;
      if (!stream.write(enveloped(message))) await writable(stream);
    }
    stream.end();
  } catch (cause) {
    end.abort(new ConnectError("what the call says broke off", Code.Canceled, undefined, undefined, cause));
  }
}

function writable(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      stream.off("drain", go).off("close", go);
      resolve();
    };
    stream.on("drain", go).on("close", go);
  });
}

/** The messages of one try, until it ends; how it did says `failure`. */
async function* answersOf(tried: Exchange, maxBytes: number): AsyncIterable<Buffer> {
  const { stream } = tried;
  const read = envelopes(maxBytes);
  const chunks = stream.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (let next = await after(chunks); next; next = await after(chunks)) yield* read(next);
  // The status comes with the end of the stream, or never.
  if (!tried.isTold() && !stream.destroyed) await once(stream, "close").catch(() => {});
}

const after = async (chunks: AsyncIterator<Buffer>): Promise<Buffer | undefined> => {
  try {
    const { done, value } = await chunks.next();
    return done ? undefined : value;
  } catch {
    return undefined;
  }
};
