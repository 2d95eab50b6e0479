import type { SecureContext } from "node:tls";
import type { Connection } from "./connection.ts";
import { type Replica, replica } from "./replica.ts";
import { type Address, targetOf } from "./target.ts";

/** A call that needs a connection. */
export interface Waiting {
  /** Whether it waits although the service cannot be reached now. */
  readonly patient: boolean;
  go(connection: Connection): void;
  fail(cause: Error): void;
}

/** All that a service is served by: calls go to each in turn. */
export interface Replicas {
  /** A connection for a call, where there is one. */
  pick(): Connection | undefined;
  /** Tells a call when there is one, or that there will be none soon. */
  wait(call: Waiting): void;
  leave(call: Waiting): void;
  /** Breaks all connections off. */
  close(): void;
}

// How often a name is looked up at most. It is when a connection ends, which servers see to.
const lookUpMs = 2_000;

/** Connects when the first call comes. */
export function replicas(configured: string, tls: SecureContext | undefined): Replicas {
  const target = targetOf(configured);
  const byAddress = new Map<string, Replica>();
  const waiting = new Set<Waiting>();
  let all: readonly Replica[] = [];
  let turn = 0;
  let fault: Error | undefined;
  let lookUp: NodeJS.Timeout | undefined;
  let lookedUpAt: number | undefined;
  let closed = false;

  function lookUpSoon(): void {
    if (lookUp || closed) return;
    const dueMs = lookedUpAt === undefined ? 0 : lookedUpAt + lookUpMs - performance.now();
    lookUp = setTimeout(() => void look(), Math.max(0, dueMs));
  }

  async function look(): Promise<void> {
    lookedUpAt = performance.now();
    try {
      const addresses = await target.resolve();
      if (closed) return;
      lookUp = undefined;
      fault = undefined;
      take(addresses);
    } catch (cause) {
      lookUp = undefined;
      fault = cause as Error;
      lookUpSoon();
    }
    changed();
  }

  function take(addresses: readonly Address[]): void {
    const named = new Map(addresses.map((address) => [`${address.host} ${address.port}`, address]));
    for (const [key, gone] of byAddress) {
      if (!named.has(key) && byAddress.delete(key)) gone.retire();
    }
    for (const [key, address] of named) {
      if (!byAddress.has(key)) byAddress.set(key, replica({ address, name: target.name, tls, changed, lost: lookUpSoon }));
    }
    all = [...byAddress.values()];
  }

  /** Why nobody is to be reached, where that is so. */
  function hopeless(): Error | undefined {
    if (all.length === 0) return fault;
    return all.every((each) => each.fault !== undefined) ? all[0]?.fault : undefined;
  }

  function changed(): void {
    if (waiting.size === 0) return;
    const cause = hopeless();
    for (const call of [...waiting]) {
      const connection = pick();
      if (connection) {
        if (waiting.delete(call)) call.go(connection);
      } else if (cause && !call.patient && waiting.delete(call)) call.fail(cause);
    }
  }

  function pick(): Connection | undefined {
    for (let tried = 0; tried < all.length; tried++) {
      turn = (turn + 1) % all.length;
      const connection = all[turn]?.connection();
      if (connection) return connection;
    }
    return undefined;
  }

  return {
    pick,
    wait(call) {
      if (lookedUpAt === undefined) lookUpSoon();
      const cause = closed ? new Error("the channel is closed") : call.patient ? undefined : hopeless();
      if (cause) call.fail(cause);
      else waiting.add(call);
    },
    leave: (call) => void waiting.delete(call),
    close() {
      closed = true;
      clearTimeout(lookUp);
      for (const each of all) each.destroy();
      all = [];
      for (const call of [...waiting]) if (waiting.delete(call)) call.fail(new Error("the channel is closed"));
    },
  };
}
