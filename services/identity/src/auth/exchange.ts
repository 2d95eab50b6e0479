import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { ExchangeTokenRequest } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { KeyState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import type { PolicyWorkspace } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { type AccessTokenVerifier, workspaceOf } from "@signalbox/runtime/crypto/access-token.ts";
import { fieldInvalid, notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { holds } from "@signalbox/runtime/events/holds.ts";
import { type Id, isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Checked } from "../api-key/check.ts";
import type { ApiKeyStore } from "../api-key/store.ts";
import { isActive, type PrincipalStore } from "../principal/store.ts";
import type { SessionStore } from "../session/store.ts";
import { clientOf, type Grant } from "./tokens.ts";

export interface ExchangeNeeds {
  readonly checkKey: (key: string) => Promise<Checked>;
  readonly verifier: AccessTokenVerifier;
  readonly principals: PrincipalStore;
  readonly sessions: SessionStore;
  readonly keys: ApiKeyStore;
  readonly policy: Pick<Policy, "workspace" | "workspacesOf" | "entersWorkspace" | "revoked" | "confirmedAtMs" | "onChange">;
  readonly clock: Clock;
}

/** What happened elsewhere is heard of within this time. */
const patienceMs = 1_000;

const refused = (reason: Reason, text: string) => new SignalboxError(reason, text);

/** API keys have a prefix that no JSON Web Token begins with. */
const keyLike = /^sb[a-z]_/;

/**
 * Decides what a credential may be exchanged for. A token that was itself got
 * by exchange or refresh is looked up again: what ended since is refused, and
 * the new token stands for the same session or key and lives no longer.
 */
export function exchange(needs: ExchangeNeeds): (request: ExchangeTokenRequest, call: Call) => Promise<Grant & Checked> {
  const { checkKey, verifier, principals, sessions, keys, policy, clock } = needs;

  async function checkToken(token: string): Promise<Checked & { readonly client: string }> {
    const { sub, aud, sid, iat, exp, client_id, password_change } = await verifier.verify(token);
    if (password_change) throw refused(Reason.PASSWORD_CHANGE_REQUIRED, "the password has to be changed before the token is exchanged");
    if (workspaceOf(aud) !== undefined) {
      throw refused(Reason.TOKEN_AUDIENCE_WRONG, "a token that is bound to a workspace cannot be exchanged: use one for the control plane");
    }
    const principal = await principals.find(toId(sub));
    const credential = toId(sid);
    if (!principal || !isActive(principal) || policy.revoked(sid, sub, iat * 1000) || !(await lasts(credential, principal.kind))) {
      throw refused(Reason.TOKEN_REVOKED, "the session or key of the token has ended, or its owner may not act any more");
    }
    return { principal, credential, notAfter: exp * 1_000_000, client: client_id };
  }

  /** Whether a session or key is good as of now, whatever the policy mirror has heard. */
  async function lasts(credential: Id, kind: Checked["principal"]["kind"]): Promise<boolean> {
    const session = kind === "user" ? await sessions.find(credential) : undefined;
    if (session) return session.revokeTime === 0 && session.expireTime > clock();
    const key = await keys.byId(credential);
    return key?.state === KeyState.ACTIVE && key.resumeTime <= clock() && key.expireTime > clock();
  }

  /** The workspaces that a reference may mean, of those that the principal may enter. */
  function candidates(reference: string, principal: string): readonly PolicyWorkspace[] {
    if (reference === "") return policy.workspacesOf(principal);
    const found = policy.workspace(isUuid(reference) ? reference.toLowerCase() : reference);
    return found && policy.entersWorkspace(principal, found.id) ? [found] : [];
  }

  async function enter(reference: string, principal: string, { signal }: Call): Promise<string> {
    // What was created or given a moment ago may not have arrived in this process.
    await holds(policy, () => candidates(reference, principal).length > 0, patienceMs, signal);
    const [only, ...others] = candidates(reference, principal);
    if (only && others.length > 0) throw fieldInvalid("workspace", `must name one of ${named([only, ...others])}`);
    if (only) return only.id;
    if (policy.confirmedAtMs > 0) throw notFound("workspace", reference);
    throw new SignalboxError(Reason.UNAVAILABLE, "the policy has not arrived yet", { retryAfterMs: 1000 });
  }

  return async ({ credential, workspace, controlPlane }, call) => {
    if (controlPlane && workspace !== "") throw fieldInvalid("workspace", "must be empty where the token is for the control plane");
    const found = keyLike.test(credential) ? { ...(await checkKey(credential)), client: clientOf(call) } : await checkToken(credential);
    return { ...found, workspace: controlPlane ? undefined : await enter(workspace, toUuid(found.principal.id), call) };
  };
}

const mostNamed = 20;

function named(workspaces: readonly { readonly name: string }[]): string {
  const names = workspaces.slice(0, mostNamed).map(({ name }) => `"${name}"`);
  return names.join(", ") + (workspaces.length > mostNamed ? ` and ${workspaces.length - mostNamed} more` : "");
}
