import { hash } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { singleFlight } from "@signalbox/runtime/cache/single-flight.ts";
import type { Plane } from "@signalbox/runtime/contract/services.ts";
import { isRunToken } from "@signalbox/runtime/crypto/run-token.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import { LRUCache } from "lru-cache";

/** Turns whatever a caller brings into the token that a service takes: at once where nobody has to be asked. */
export interface Credentials {
  /** `workspace` is what the caller named, by id or name; empty for the only one it may enter. */
  tokenFor(credential: string, plane: Plane, workspace: string): string | Promise<string>;
}

interface Exchanged {
  readonly token: string;
  readonly expiresAtMs: number;
}

// A token is renewed while it still has this much life left, so that none expires on its way.
const marginMs = 60_000;

/** Which plane an access token says it is for. Nothing is verified here: the services do that. */
export function planeOfToken(token: string): Plane | undefined {
  const { aud } = claimsOf(token);
  return aud === undefined ? undefined : aud.includes(":workspace:") ? "workspace" : "control";
}

/** Whom a token says it stands for, to count their calls by; the token itself where it does not say. */
export const principalOfToken = (token: string): string => claimsOf(token).sub ?? token;

interface Claims {
  readonly aud?: string | undefined;
  readonly sub?: string | undefined;
  /** From its issue to its end, in milliseconds. */
  readonly lifeMs?: number | undefined;
}

// The same few tokens come again and again.
const claims = new LRUCache<string, Claims>({ max: 10_000 });

function claimsOf(token: string): Claims {
  let known = claims.get(token);
  if (!known) {
    known = readClaims(token);
    claims.set(token, known);
  }
  return known;
}

function readClaims(token: string): Claims {
  try {
    const { aud, sub, iat, exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
    return {
      aud: typeof aud === "string" ? aud : undefined,
      sub: typeof sub === "string" ? sub : undefined,
      lifeMs: typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1_000 : undefined,
    };
  } catch {
    return {};
  }
}

/**
 * API keys and control-plane tokens are exchanged at identity once and the
 * result is remembered while it lives. When a key is revoked the services
 * refuse what was got with it, so nothing has to be forgotten here in time.
 */
export function credentials(peers: Peers, now: () => number = Date.now): Credentials {
  const exchanged = new LRUCache<string, Exchanged>({ max: 50_000 });
  const flight = singleFlight<Exchanged>();

  async function exchange(credential: string, plane: Plane, workspace: string): Promise<Exchanged> {
    const asked = now();
    const { accessToken, expireTime } = await peers(AuthService).exchangeToken({
      credential,
      workspace,
      controlPlane: plane === "control",
    });
    // Counted from now: the clock that issued it may be another than this one.
    const { lifeMs } = claimsOf(accessToken);
    const expiresAtMs = lifeMs !== undefined ? asked + lifeMs : expireTime ? timestampMs(expireTime) : 0;
    return { token: accessToken, expiresAtMs };
  }

  async function renew(key: string, credential: string, plane: Plane, workspace: string): Promise<string> {
    const fresh = await flight(key, () => exchange(credential, plane, workspace));
    exchanged.set(key, fresh);
    return fresh.token;
  }

  return {
    tokenFor(credential, plane, workspace) {
      if (isRunToken(credential)) return credential;
      const isKey = !credential.startsWith("eyJ");
      if (!isKey && planeOfToken(credential) !== "control") return credential;
      if (!isKey && plane === "control") return credential;
      // The credential itself is not kept, only what tells it from others.
      const within = plane === "workspace" ? workspace : "";
      const key = `${hash("sha256", credential, "base64url")}/${plane}/${within}`;
      const known = exchanged.get(key);
      if (known && known.expiresAtMs - now() > marginMs) return known.token;
      return renew(key, credential, plane, within);
    },
  };
}
