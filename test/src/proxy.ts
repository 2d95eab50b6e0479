import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Dice, dice } from "./dice.ts";

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** What happens to what passes. */
export interface Weather {
  /** How much later everything arrives, in milliseconds each way. */
  readonly delayMs: number;
  /** The share of connections and of chunks whose connection breaks instead. */
  readonly dropped: number;
  /** Whether what is sent disappears without a word, and new connections hang: a cable that was pulled. */
  readonly silent: boolean;
}

const fair: Weather = { delayMs: 0, dropped: 0, silent: false };

/** Passes TCP connections on, and does to them what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** From now on it is so, for connections that are open, too; fair where nothing is said. */
  turn(weather?: Partial<Weather>): void;
  /** Breaks all connections. */
  cut(): void;
  close(): Promise<void>;
}

/** A proxy in front of a server; in front of several, each connection goes to the next one that takes it. */
export async function startProxy(targets: readonly Target[], random: Dice = dice(1)): Promise<TcpProxy> {
  const pairs = new Set<() => void>();
  let weather = fair;
  let next = 0;

  async function dial(): Promise<Socket | undefined> {
    for (const _ of targets) {
      const { host, port } = targets[next++ % targets.length] as Target;
      const outward = connect({ host, port, noDelay: true, allowHalfOpen: true });
      try {
        await once(outward, "connect");
        return outward;
      } catch {
        outward.destroy();
      }
    }
    return undefined;
  }

  async function join(inward: Socket): Promise<void> {
    let outward: Socket | undefined;
    const end = () => {
      pairs.delete(end);
      // As a network breaks: the other side hears a reset, not a farewell.
      inward.resetAndDestroy();
      outward?.resetAndDestroy();
    };
    pairs.add(end);
    inward.on("error", end);
    if (random() < weather.dropped) return end();
    if (weather.silent) return;
    outward = await dial();
    if (!outward || inward.destroyed) return end();
    outward.on("error", end);
    pass(inward, outward, end);
    pass(outward, inward, end);
  }

  function pass(from: Socket, to: Socket, end: () => void): void {
    const later = inOrder(() => weather.delayMs);
    // Of a connection that lost something nothing arrives any more, whatever the weather.
    let lost = false;
    from.on("data", (chunk) => {
      lost ||= weather.silent;
      if (lost) return;
      if (random() < weather.dropped) return end();
      later(() => {
        if (to.destroyed || to.write(chunk)) return;
        from.pause();
        to.once("drain", () => from.resume());
      });
    });
    from.on("end", () => !lost && later(() => to.end()));
    from.on("close", () => from.destroyed && to.destroyed && pairs.delete(end));
  }

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => void join(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const end of [...pairs]) end();
  };
  return {
    port: (server.address() as AddressInfo).port,
    turn: (changes = {}) => {
      weather = { ...fair, ...changes };
    },
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Does things after a while each, and in their order although the while may change. */
function inOrder(afterMs: () => number): (act: () => void) => void {
  const waiting: (() => void)[] = [];
  return (act) => {
    const delay = afterMs();
    if (delay === 0 && waiting.length === 0) return act();
    waiting.push(act);
    setTimeout(() => waiting.shift()?.(), delay);
  };
}

/** The same URL by way of a proxy. */
export function by(proxy: Pick<TcpProxy, "port">, url: string): string {
  const other = new URL(url);
  other.hostname = "127.0.0.1";
  other.port = String(proxy.port);
  return other.href;
}

/** Where a URL leads. */
export const targetOf = (url: string): Target => ({ host: new URL(url).hostname, port: Number(new URL(url).port) });
