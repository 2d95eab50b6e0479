import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import { LRUCache } from "lru-cache";
import { methodOf } from "../connector/settings.ts";
import type { Issuing } from "../connector/store.ts";
import type { Method, Narrowed } from "../provider/method.ts";
import { cachedAs, cacheKeyOf } from "./cache-key.ts";

/** A connector as it was read, with what follows from that: worked out once for all calls that it is known for. */
export interface Known {
  readonly connector: Issuing;
  readonly method: Method;
  /** What authorize asks about it. */
  readonly resolved: Resolved;
  /** Where the credential for a resource is cached, by the resource as requests spell it. Only what was asked for before. */
  readonly places: Map<string, Place>;
  /** From when on the first call that comes reads it again, while the others go on; as performance.now() tells. */
  renewMs: number;
}

/** A credential that a connector may issue: for which resource, and where it is cached. */
export interface Place {
  readonly narrowed: Narrowed;
  readonly key: Buffer;
  /** The name that it has there. */
  readonly name: string;
}

/**
 * The connectors that were read a moment ago. What is served by them is true all the same: the ledger refuses what a connector that
 * has changed since would issue.
 */
export interface KnownConnectors {
  /** The connector of a workspace, by UUIDs, as authorize wants it. */
  resolve(workspace: string, id: string): Promise<Resolved> | undefined;
  /** The connector that authorize found. Undefined where it found it in the tables. */
  of(resolved: Resolved | undefined): Known | undefined;
  keep(workspace: string, known: Known): void;
  forget(workspace: string, known: Known): void;
}

// As long as a cache may take to answer: whoever reads it holds what may be as old.
export const knownMs = 250;

const most = 1_000;
const mostPlaces = 1_000;

export function knownConnectors(): KnownConnectors {
  const known = new LRUCache<string, Promise<Resolved>>({ max: most, ttl: knownMs, ttlResolution: 0 });
  const byResolved = new WeakMap<Resolved, Known>();
  const nameOf = (workspace: string, id: string) => `${workspace}/${id}`;
  return {
    resolve: (workspace, id) => known.get(nameOf(workspace, id)),
    of: (resolved) => resolved && byResolved.get(resolved),
    keep(workspace, each) {
      byResolved.set(each.resolved, each);
      known.set(nameOf(workspace, each.resolved.id), Promise.resolve(each.resolved));
    },
    forget: (workspace, { resolved }) => void known.delete(nameOf(workspace, resolved.id)),
  };
}

export const knownOf = (connector: Issuing): Known => ({
  connector,
  method: methodOf(connector),
  resolved: { id: toUuid(connector.id), owner: toUuid(connector.ownerId) },
  places: new Map(),
  renewMs: performance.now() + knownMs / 2,
});

/** Where a connector's credential for a resource is cached. Fails with RESOURCE_NOT_COVERED. */
export function placeOf({ connector, method, places }: Known, resource: string): Place {
  const narrowed = method.narrow(resource);
  const key = cacheKeyOf(connector, narrowed);
  const place = { narrowed, key, name: cachedAs(key) };
  if (places.size < mostPlaces) places.set(resource, place);
  return place;
}
