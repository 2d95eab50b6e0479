import type { Micros } from "@signalbox/runtime/clock.ts";

/** What is handed out: a session of AWS or a bearer token. */
export type Credential =
  | {
      readonly kind: "aws";
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string;
      readonly region: string;
    }
  | { readonly kind: "bearer"; readonly token: string; readonly tokenType: string; readonly scopes: readonly string[] };

/** What a provider answered. */
export interface Issued {
  readonly credential: Credential;
  /** Who the provider takes the holder for; empty where it does not say. */
  readonly identity: string;
  readonly expireTime: Micros;
}

/** A resource, as far as the method can tell it apart. */
export interface Narrowed {
  /** In its one spelling; empty for all that the connector covers. */
  readonly resource: string;
  /** What the provider is told to narrow to; empty for nothing. */
  readonly policy: string;
}

export interface Order {
  readonly narrowed: Narrowed;
  /** The secret access key, or the client secret. */
  readonly secret: string;
  readonly lifetimeSeconds: number;
  /** What the provider's own log is to call the holder: 2 to 64 of [A-Za-z0-9_-]. */
  readonly session: string;
  readonly now: Micros;
  readonly signal: AbortSignal;
  /** How long the provider may take; 10 seconds unless told. */
  readonly timeoutMs?: number;
}

/** One way to get credentials, with the settings of one connector. */
export interface Method {
  /** Whether nothing is issued: it refuses whatever it is asked for. */
  readonly keeps?: boolean;
  /** Where the secret itself is sent, and how records call it; undefined where it only signs. */
  readonly sends?: { readonly name: string; readonly to: string };
  /** Fails with FIELD_INVALID for settings that the contract's rules let pass. */
  check(): void;
  /** Fails with RESOURCE_NOT_COVERED. */
  narrow(resource: string): Narrowed;
  /** Asks the provider. Fails with PROVIDER_REFUSED or PROVIDER_UNAVAILABLE. */
  mint(order: Order): Promise<Issued>;
}
