import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { notFound, reasonName, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { principalOf } from "../caller.ts";
import { ended } from "../events.ts";
import type { RefreshTokens } from "../session/refresh-token.ts";
import type { SigningKeys } from "../signing-key/ring.ts";
import type { Stores } from "../stores.ts";
import type { UserRow } from "../tables.ts";
import { changePassword } from "./change-password.ts";
import type { exchange } from "./exchange.ts";
import { refresh } from "./refresh.ts";
import { type SignedIn, signIn } from "./sign-in.ts";
import { clientOf, type Issue } from "./tokens.ts";

export interface AuthNeeds {
  readonly stores: Stores;
  readonly issue: Issue;
  readonly exchange: ReturnType<typeof exchange>;
  readonly refreshTokens: RefreshTokens;
  readonly signingKeys: SigningKeys;
}

export function authHandlers({ stores, issue, exchange, refreshTokens, signingKeys }: AuthNeeds): Handlers<typeof AuthService> {
  const { clock, sessions, principals, mutate, log, refusals } = stores;
  const begin = signIn(stores);
  const goOn = refresh(stores, refreshTokens);
  const change = changePassword(stores);

  async function tokensOf({ user, session }: SignedIn, call: Call) {
    const principal = { id: user.id, kind: "user" } as const;
    const passwordChange = user.mustChangePassword === 1;
    const grant = { principal, credential: session.id, client: clientOf(call), passwordChange, notAfter: session.expireTime };
    const { token, expireTime } = await issue(grant);
    return {
      accessToken: token,
      accessExpireTime: toTimestamp(expireTime),
      refreshToken: refreshTokens.of(session),
      refreshExpireTime: toTimestamp(session.expireTime),
    };
  }

  return {
    async signIn({ userName, password }, call) {
      try {
        const signedIn = await begin(call, userName, password);
        return {
          tokens: await tokensOf(signedIn, call),
          principal: refOf(signedIn.user),
          mustChangePassword: signedIn.user.mustChangePassword === 1,
        };
      } catch (error) {
        if (isRefusal(error)) refusals.record(call, reasonName(error.reason), userName);
        throw error;
      }
    },

    async refreshSession({ refreshToken }, call) {
      const signedIn = await goOn(call, refreshToken);
      return { tokens: await tokensOf(signedIn, call), principal: refOf(signedIn.user) };
    },

    async signOut(request, call) {
      const caller = principalOf(call);
      const id = toId(request.session || caller.credential);
      const session = await sessions.find(id);
      if (!session?.userId.equals(toId(caller.id))) throw notFound("session", toUuid(id));
      const user = await principals.find(session.userId);
      await mutate(call, { subject: toUuid(id), organization: user && toUuid(user.organizationId) }, async (trx) => {
        const now = clock();
        if (await sessions.end(trx, id, now)) await log.append(trx, [ended(id, now)]);
      });
      return {};
    },

    async exchangeToken(request, call) {
      const grant = await exchange(request, call);
      const { token, expireTime } = await issue(grant);
      return {
        accessToken: token,
        expireTime: toTimestamp(expireTime),
        principal: { id: toUuid(grant.principal.id), name: grant.principal.name },
        workspace: grant.workspace ?? "",
      };
    },

    async getSelf(_, call) {
      const caller = principalOf(call);
      const principal = await principals.find(toId(caller.id));
      if (!principal) throw notFound("principal", caller.id);
      return {
        principal: { id: caller.id, name: principal.name },
        kind: principal.kind,
        organization: toUuid(principal.organizationId),
        credential: caller.credential,
      };
    },

    async changePassword({ password, newPassword }, call) {
      return { principal: refOf(await change(call, password, newPassword)) };
    },

    async listSigningKeys() {
      const keys = await signingKeys.published();
      return { signingKeys: keys.map(({ kid, jwk, createTime }) => ({ id: kid, jwk, createTime: toTimestamp(createTime) })) };
    },

    async rotateSigningKey(_, call) {
      return { keyId: await signingKeys.rotate((work) => mutate(call, (kid) => ({ subject: kid }), work)) };
    },
  };
}

const refOf = ({ id, userName }: UserRow) => ({ id: toUuid(id), name: userName });

const isRefusal = (error: unknown): error is SignalboxError =>
  error instanceof SignalboxError && (error.reason === Reason.PASSWORD_WRONG || error.reason === Reason.SIGN_IN_LOCKED);
