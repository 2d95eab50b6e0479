import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import { LRUCache } from "lru-cache";
import { fromKept, methodOf } from "../connector/settings.ts";
import type { Issuing } from "../connector/store.ts";
import type { Method, Narrowed } from "../provider/method.ts";
import { cachedAs, cacheKeyOf } from "./cache-key.ts";

/** A connector as it was read, with what follows from that: worked out once for all calls that it is known for. */
export interface Known {
  readonly connector: Issuing;
  readonly method: Method;
  /** What authorize asks about it. */
  readonly resolved: Promise<Resolved>;
  readonly owner: string;
  /** Where the credential for a resource is cached, by the resource as requests spell it. Only what was asked for before. */
  readonly places: Map<string, Place>;
}

/** A credential that a connector may issue: for which resource, and where it is cached. */
export interface Place {
  readonly narrowed: Narrowed;
  readonly key: Buffer;
  /** The name that it has there. */
  readonly name: string;
}

/**
 * The connectors that were read a moment ago, by workspace and id. What is served by them is true all the same:
 * the ledger refuses what a connector that has changed since would issue.
 */
export type KnownConnectors = Pick<LRUCache<string, Known>, "get" | "set" | "delete">;

// As long as a cache may take to answer: whoever reads it holds what may be as old.
export const knownMs = 250;

const most = 1_000;
const mostPlaces = 1_000;

export const knownConnectors = (): KnownConnectors => new LRUCache({ max: most, ttl: knownMs, ttlResolution: 0 });

/** By which a connector is known; both are UUIDs. */
export const connectorName = (workspace: string, id: string): string => `${workspace}/${id}`;

export function knownOf(connector: Issuing): Known {
  const owner = toUuid(connector.ownerId);
  const resolved = Promise.resolve({ id: toUuid(connector.id), owner });
  return { connector, method: methodOf(fromKept(connector)), resolved, owner, places: new Map() };
}

/** Where a connector's credential for a resource is cached. Fails with RESOURCE_NOT_COVERED. */
export function placeOf({ connector, method, places }: Known, resource: string): Place {
  const narrowed = method.narrow(resource);
  const key = cacheKeyOf(connector, narrowed);
  const place = { narrowed, key, name: cachedAs(key) };
  if (places.size < mostPlaces) places.set(resource, place);
  return place;
}
