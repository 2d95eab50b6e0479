import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Clock, Micros } from "@signalbox/runtime/clock.ts";
import { audienceOf, mintAccessToken } from "@signalbox/runtime/crypto/access-token.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Principal } from "../principal/store.ts";
import type { SigningKeys } from "../signing-key/ring.ts";

/** Whom a token is for, and what it was got with. */
export interface Grant {
  readonly principal: Pick<Principal, "id" | "kind">;
  /** The session or key. */
  readonly credential: Id;
  /** The program that asked. */
  readonly client: string;
  /** The workspace that the token is bound to; undefined for the control plane. */
  readonly workspace?: string | undefined;
  /** Whether the token is good for choosing another password only. */
  readonly passwordChange?: boolean;
  /** The token expires then at the latest. */
  readonly notAfter: Micros;
}

export type Issue = (grant: Grant) => Promise<{ readonly token: string; readonly expireTime: Micros }>;

const lifetimeSeconds = 15 * 60;

/** Issues access tokens, good for 15 minutes at most. Fails with TOKEN_EXPIRED where not a second is left. */
export function tokenIssuer(keys: Pick<SigningKeys, "current">, issuer: string, clock: Clock): Issue {
  return async ({ principal, credential, client, workspace, passwordChange = false, notAfter }) => {
    const key = await keys.current();
    const now = clock();
    const seconds = Math.min(lifetimeSeconds, Math.floor(notAfter / 1e6) - Math.floor(now / 1e6));
    if (seconds < 1) throw new SignalboxError(Reason.TOKEN_EXPIRED, "what the token is asked with has expired");
    const { token, claims } = mintAccessToken(
      {
        sub: toUuid(principal.id),
        principal_kind: principal.kind,
        sid: toUuid(credential),
        client_id: client,
        aud: audienceOf(workspace),
        password_change: passwordChange,
      },
      { issuer, key, clock: () => now, lifetimeSeconds: seconds },
    );
    return { token, expireTime: claims.exp * 1_000_000 };
  };
}

const clientName = /^[A-Za-z0-9._-]{1,64}/;

/** The program that calls, as it names itself: "signalbox-cli" of "signalbox-cli/1.2 (linux)". */
export const clientOf = (call: Call): string => clientName.exec(call.header("user-agent") ?? "")?.[0] ?? "unknown";
