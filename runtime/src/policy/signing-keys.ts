import { createPublicKey, type KeyObject } from "node:crypto";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import type { Peers } from "../peers/peers.ts";

// Anybody can send a token with an unknown key id, so identity is asked about those no more often than this.
const askAgainMs = 1_000;

/** The public keys of access tokens: asked of identity, and again when a token names one that is not known. */
export function signingKeys(peers: Peers, now: () => number = Date.now): (keyId: string) => Promise<KeyObject | undefined> {
  const keys = new Map<string, KeyObject>();
  let askedAtMs = 0;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const { signingKeys: found } = await peers(AuthService).listSigningKeys({});
    askedAtMs = now();
    keys.clear();
    for (const { id, jwk } of found) keys.set(id, createPublicKey({ key: JSON.parse(jwk), format: "jwk" }));
  }

  return async (keyId) => {
    if (!keys.has(keyId) && (asking || now() - askedAtMs > askAgainMs)) {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      await asking;
    }
    return keys.get(keyId);
  };
}
