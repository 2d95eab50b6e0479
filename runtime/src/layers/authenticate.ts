import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Clock } from "../clock.ts";
import { accessOf } from "../contract/policy-of.ts";
import type { Plane } from "../contract/services.ts";
import { type AccessClaims, type AccessTokenVerifier, workspaceOf } from "../crypto/access-token.ts";
import { isRunToken, type RunTokens } from "../crypto/run-token.ts";
import type { ServiceTokens } from "../crypto/service-token.ts";
import { SignalboxError } from "../errors.ts";
import type { Policy } from "../policy/policy.ts";
import type { RunEnds, TokenStanding } from "../policy/run-ends.ts";
import type { Call } from "../rpc/call.ts";
import type { Caller } from "../rpc/caller.ts";
import type { Layer } from "../rpc/handler.ts";
import { ending, opening } from "../rpc/streams.ts";

export interface Authentication {
  /** The service that is called, as service tokens name it. */
  readonly service: string;
  readonly plane: Plane;
  readonly accessTokens: AccessTokenVerifier;
  readonly runTokens: RunTokens;
  readonly serviceTokens: ServiceTokens;
  readonly policy: Policy;
  readonly runEnds: RunEnds;
  readonly clock: Clock;
}

/** The header by which one service proves to another which one it is. */
export const serviceHeader = "signalbox-service";

/** By these the edge tells which address a call came from: proof that it is the edge, and the address. */
export const edgeHeader = "signalbox-edge";
export const addressHeader = "signalbox-address";

/** Finds out who is calling. Refuses tokens that are wrong, and calls without any where the method is not public. */
export function authenticate(needs: Authentication): Layer {
  /** A promise only where something has to be asked for: most tokens were seen before. */
  function identify(call: Call): Promise<void> | undefined {
    const proof = call.header(serviceHeader);
    if (proof !== undefined) call.service = needs.serviceTokens.verify(proof, needs.service);
    const edge = call.header(edgeHeader);
    if (edge !== undefined && needs.serviceTokens.verify(edge, needs.service) === "edge") call.address = call.header(addressHeader);
    const token = bearerOf(call.header("authorization"));
    if (token !== undefined) {
      const caller = callerOf(token, needs);
      if (caller instanceof Promise) {
        return caller.then((found) => {
          call.caller = allowed(found, call);
        });
      }
      call.caller = allowed(caller, call);
    } else if (call.service !== undefined) call.caller = { kind: "service", id: call.service, workspace: undefined };
    else if (accessOf(call.method).rule.case !== "public") {
      throw new SignalboxError(Reason.CREDENTIALS_MISSING, 'this needs credentials: send "Authorization: Bearer <token or API key>"');
    }
    return undefined;
  }
  return {
    unary: (next) => (request, call) => {
      const asking = identify(call);
      return asking ? asking.then(() => next(request, call)) : next(request, call);
    },
    stream: (next) => (requests, call) =>
      opening(async () => {
        await identify(call);
        const { caller } = call;
        const timer = caller && "expiresAt" in caller ? endAt(caller.expiresAt, needs.clock, call) : undefined;
        const stop = needs.policy.onChange(() => {
          if (caller && isRevoked(caller, needs.policy)) call.abort(revoked());
        });
        const ended = () => {
          stop();
          clearTimeout(timer);
        };
        return ending(next(requests, call), { ended });
      }),
  };
}

const refused = (reason: Reason, text: string) => new SignalboxError(reason, text);
const revoked = () => refused(Reason.TOKEN_REVOKED, "the session or key was revoked, or its owner may not act any more");

function isRevoked(caller: Caller, policy: Policy): boolean {
  if (caller.kind === "service") return false;
  return policy.isInactive(caller.id) || (caller.kind !== "run" && policy.revoked(caller.credential, caller.id, caller.issuedAt * 1000));
}

/** The caller, unless they have to choose another password before they call this. */
function allowed(caller: Caller, { method }: Call): Caller {
  if (!("mustChangePassword" in caller && caller.mustChangePassword) || accessOf(method).beforePasswordChange) return caller;
  throw refused(
    Reason.PASSWORD_CHANGE_REQUIRED,
    "somebody else chose the password: change it with AuthService.ChangePassword, and sign in again",
  );
}

/** The token of an Authorization header. */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (header.startsWith("Bearer ") && header.indexOf(" ", 7) === -1 && header.length > 7) return header.slice(7);
  const [, token] = /^bearer +([^ ]+) *$/i.exec(header) ?? [];
  if (!token) throw refused(Reason.TOKEN_INVALID, 'the Authorization header must read "Bearer <token>"');
  return token;
}

function callerOf(token: string, needs: Authentication): Caller | Promise<Caller> {
  if (isRunToken(token)) return runCaller(token, needs);
  const claims = needs.accessTokens.verify(token);
  return claims instanceof Promise ? claims.then((read) => principalCaller(token, read, needs)) : principalCaller(token, claims, needs);
}

function principalCaller(
  token: string,
  { sub, aud, sid, iat, exp, principal_kind, password_change = false }: AccessClaims,
  needs: Authentication,
): Caller {
  const workspace = workspaceOf(aud);
  if ((workspace === undefined) !== (needs.plane === "control")) {
    const wanted = needs.plane === "control" ? "the control plane" : "a workspace";
    throw refused(Reason.TOKEN_AUDIENCE_WRONG, `this needs a token for ${wanted}: exchange yours with AuthService.ExchangeToken`);
  }
  const caller: Caller = {
    kind: principal_kind,
    id: sub,
    workspace,
    credential: sid,
    mustChangePassword: password_change,
    issuedAt: iat,
    expiresAt: exp,
    token,
  };
  if (isRevoked(caller, needs.policy)) throw revoked();
  return caller;
}

function runCaller(token: string, { plane, runTokens, runEnds, policy }: Authentication): Caller | Promise<Caller> {
  const { sub, workspace, run, project, generation, iat, exp } = runTokens.verify(token);
  if (plane === "control") throw refused(Reason.TOKEN_AUDIENCE_WRONG, "a run token is good for its workspace only");
  const caller: Caller = { kind: "run", id: sub, workspace, run, project, generation, issuedAt: iat, expiresAt: exp, token };
  const unlessOver = (standing: TokenStanding): Caller => {
    if (standing === "good") return caller;
    if (standing === "stale")
      throw refused(Reason.GENERATION_STALE, "the run was resumed: tokens that were issued before are good for nothing");
    throw refused(Reason.TOKEN_REVOKED, "the run has ended, or its owner may not act any more");
  };
  const standing = policy.isInactive(sub) ? "over" : runEnds.standing(workspace, run, generation);
  return standing instanceof Promise ? standing.then(unlessOver) : unlessOver(standing);
}

// The longest time that a timer can be set for.
const longestMs = 2 ** 31 - 1;

function endAt(expiresAt: number, clock: Clock, call: Call): NodeJS.Timeout {
  const end = () => call.abort(refused(Reason.TOKEN_EXPIRED, "the token expired while the stream was open; renew it and resume"));
  const timer = setTimeout(end, Math.min(longestMs, Math.max(0, expiresAt * 1000 - clock() / 1000)));
  timer.unref();
  return timer;
}
