import { timestampMs } from "@bufbuild/protobuf/wkt";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { type Connection, type ConnectionOptions, type Credential, openConnection } from "./connection.ts";
import { failedWith, misuse } from "./errors.ts";
import { changeProfiles, type Profile, profilesFile } from "./profile.ts";

/** A token is renewed so long before it expires, so that a call under way does not outlive it. */
const marginMs = 60_000;

export interface SessionOptions extends Omit<ConnectionOptions, "credential" | "url"> {
  readonly file?: string;
}

/**
 * The session that a profile keeps, as a credential. The token is renewed
 * when it is about to expire, by one process at a time: a second one finds the
 * tokens that the first has saved. Fails with MISUSE where nobody is signed in
 * any more, and with REFRESH_TOKEN_REUSED or TOKEN_REVOKED where the session ended.
 */
export function sessionCredential(name: string, profile: Profile, { file = profilesFile(), ...options }: SessionOptions = {}): Credential {
  let present = profile;
  let renewal: Promise<string> | undefined;

  async function renew(expired: string | undefined): Promise<string> {
    const { profiles } = await changeProfiles(async (known) => {
      const saved = known.profiles[name];
      if (!saved?.refreshToken) throw misuse(`nobody is signed in as profile "${name}"; run: signalbox login`);
      if (isGood(saved, expired)) return known;
      const connection = openConnection({ ...options, url: saved.url });
      try {
        const fresh = await refresh(connection, saved.refreshToken);
        return { ...known, profiles: { ...known.profiles, [name]: { ...saved, ...fresh } } };
      } finally {
        connection.close();
      }
    }, file);
    present = profiles[name] as Profile;
    return present.accessToken ?? "";
  }

  return async (expired) => {
    if (isGood(present, expired)) return present.accessToken as string;
    renewal ??= renew(expired).finally(() => {
      renewal = undefined;
    });
    return renewal;
  };
}

const isGood = ({ accessToken, accessExpireTimeMs = 0 }: Profile, expired: string | undefined): boolean =>
  accessToken !== undefined && accessToken !== expired && accessExpireTimeMs > Date.now() + marginMs;

/** An answer that was lost may be asked for once more: within 10 seconds the server takes the same token again. */
async function refresh(connection: Connection, refreshToken: string): Promise<Partial<Profile>> {
  const auth = connection.client(AuthService);
  const ask = () => auth.refreshSession({ refreshToken }, { timeoutMs: 8_000 });
  const { tokens } = await ask().catch((error: unknown) => {
    if (!failedWith(error, "UNAVAILABLE")) throw error;
    return ask();
  });
  if (!tokens) throw misuse("the server renewed the session without a token");
  return {
    accessToken: tokens.accessToken,
    accessExpireTimeMs: tokens.accessExpireTime ? timestampMs(tokens.accessExpireTime) : 0,
    refreshToken: tokens.refreshToken,
  };
}
