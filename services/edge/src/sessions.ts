import type { ServerHttp2Session } from "node:http2";

/** After so long without a byte it is asked whether a connection still lives, or closed where it carries nothing. */
const idleMs = 60_000;
const pongWithinMs = 10_000;

/** The connections of HTTP/2 that are open, each looked after until it closes. */
export interface Sessions extends Iterable<ServerHttp2Session> {
  readonly keep: (session: ServerHttp2Session) => void;
}

export function sessions(): Sessions {
  const open = new Set<ServerHttp2Session>();
  return {
    [Symbol.iterator]: () => open.values(),
    keep(session) {
      open.add(session);
      session.once("close", () => open.delete(session));
      // A broken connection is the peer's doing, and ends with it.
      session.on("error", () => session.destroy());
      closeWhenIdle(session);
    },
  };
}

function closeWhenIdle(session: ServerHttp2Session): void {
  let streams = 0;
  session.on("stream", (stream) => {
    streams++;
    stream.once("close", () => streams--);
  });
  session.setTimeout(idleMs, () => {
    if (session.destroyed) return;
    if (streams === 0) {
      session.close();
      // What never spoke HTTP/2 says no good-bye either.
      setTimeout(() => session.destroy(), pongWithinMs).unref();
      return;
    }
    const gone = setTimeout(() => session.destroy(), pongWithinMs);
    gone.unref();
    const asked = session.ping(() => clearTimeout(gone));
    if (!asked) session.destroy();
  });
}
