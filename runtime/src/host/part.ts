import type { DescService } from "@bufbuild/protobuf";
import type { EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import type { Cache } from "../cache/cache.ts";
import type { Wakeups } from "../cache/wakeups.ts";
import type { Clock } from "../clock.ts";
import type { ServiceName } from "../contract/services.ts";
import type { Keyring } from "../crypto/keys.ts";
import type { RecordRefusal } from "../layers/refusals.ts";
import type { Peers } from "../peers/peers.ts";
import type { Policy } from "../policy/policy.ts";
import type { Resolvers } from "../policy/resolver.ts";
import type { Handlers } from "../rpc/handler.ts";
import type { Database } from "../store/database.ts";
import type { Migration } from "../store/migrate.ts";
import type { Log } from "./log.ts";

/** What every service is given. One process or eight: only how these are made differs. */
export interface Needs {
  /** Opens the service's own database and brings its tables up to date. */
  readonly open: <Tables>(migrations: Readonly<Record<string, Migration>>) => Promise<Database<Tables>>;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly cache: Cache;
  readonly wakeups: Wakeups;
  /** What the keys between services are derived from: service tokens, run tokens, page tokens, key hashes. */
  readonly meshKeys: Keyring;
  /** What stored secrets are sealed under. */
  readonly sealingKeys: Keyring;
  /** The hosts in private networks that people may have the service speak to, by name or "name:port". */
  readonly privateHosts: readonly string[];
  /** What access tokens name as their issuer. */
  readonly issuer: string;
  /** The mirror of the policy that this process decides from. */
  readonly policy: Policy;
  readonly log: Log;
}

/** What a service is once its needs are met. */
export interface Part {
  /** What it answers: every service that the contract says it owns. */
  readonly serves: readonly Serves[];
  /** The log that other services follow this one by; undefined for a service that nobody follows. */
  readonly events?: EventLog;
  /** Keeps the audit events of refused calls: see audit/refused.ts. */
  readonly recordRefusal?: RecordRefusal;
  /** How the resources that its requests name are found, by type. */
  readonly resolvers: Resolvers;
  /** Fails with the cause while the service cannot work. */
  readonly ready: () => Promise<void>;
  /** Work beside the calls, such as relays and sweepers; runs until the signal aborts and then settles. */
  readonly duties: readonly Duty[];
  /** Lets go of everything, after the calls have ended: flushes what is buffered, closes what was opened. */
  readonly close: () => Promise<void>;
}

/** Answers EventService over the outbox of a service: see events/handlers.ts. */
export type EventLog = Handlers<typeof EventService>;

export type Duty = (signal: AbortSignal) => Promise<void>;

/** A service's constructor: `export const runs: Assemble = async (needs) => ...` in its index.ts. */
export type Assemble = (needs: Needs) => Promise<Part>;

/** The programs by name, as the composition roots list them. */
export type Programs = Readonly<Record<ServiceName, Assemble>>;

/** A service of the contract with the handlers that answer it. */
export interface Serves<S extends DescService = DescService> {
  readonly service: S;
  readonly handlers: Handlers<S>;
}

export function serves<S extends DescService>(service: S, handlers: Handlers<S>): Serves {
  return { service, handlers } as unknown as Serves;
}
