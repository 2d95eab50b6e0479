import type { KeyState, PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

/** A person. */
export interface UserRow {
  id: Id;
  organizationId: Id;
  userName: string;
  /** The user name in lower case: unique, so that nobody passes for another by a capital letter. */
  userKey: string;
  displayName: string;
  /** Empty for none. */
  email: string;
  state: PrincipalState;
  mustChangePassword: number;
  avatarUrl: string;
  /** The JSON as it was given; empty for none. */
  details: string;
  /** 0 where it is not known. */
  passwordChangeTime: Micros;
  /** 1 for the bootstrap administrator, who cannot be deactivated. */
  protected: number;
  contentHash: Buffer;
  revision: number;
  createTime: Micros;
  updateTime: Micros;
}

/** Apart from the user, so that no list ever reads a hash. */
export interface PasswordRow {
  userId: Id;
  /** argon2id, in the PHC format. */
  hash: string;
  updateTime: Micros;
}

/** Failed sign-ins of a name, whether or not there is such a user: a lock must not tell who exists. */
export interface SignInFailureRow {
  /** A keyed hash of the name: people type passwords into the wrong field. */
  nameHash: Buffer;
  failedCount: number;
  lockedUntil: Micros;
  updateTime: Micros;
}

/** A program that acts on its own account. */
export interface ServiceAccountRow {
  id: Id;
  organizationId: Id;
  name: string;
  description: string;
  displayName: string;
  avatarUrl: string;
  state: PrincipalState;
  contentHash: Buffer;
  revision: number;
  createTime: Micros;
  updateTime: Micros;
}

/** A key of a service account, or a personal access token of a user. Instants that never come are {@link never}, those that never came 0. */
export interface ApiKeyRow {
  id: Id;
  principalId: Id;
  name: string;
  description: string;
  /** The first characters of the key. */
  hint: string;
  state: KeyState;
  /** A keyed hash of the secret. */
  secretHash: Buffer;
  /** That of the secret before the last rotation, good until `previousExpireTime`. */
  previousHash: Buffer;
  previousExpireTime: Micros;
  expireTime: Micros;
  lastUsedTime: Micros;
  rotateTime: Micros;
  /** The id that the caller brought for the last rotation: a repeat rotates once. */
  rotationId: Id;
  /** Until when tokens that are got with it would be refused, since it was inactive; 0 for never. */
  resumeTime: Micros;
  contentHash: Buffer;
  revision: number;
  createTime: Micros;
  updateTime: Micros;
}

/** What a sign-in began. Its refresh token is derived from `seed` and `generation` under a key that the database lacks. */
export interface SessionRow {
  id: Id;
  userId: Id;
  seed: Buffer;
  /** Counts the refreshes: the refresh token of any other generation is used up. */
  generation: number;
  createTime: Micros;
  refreshTime: Micros;
  expireTime: Micros;
  /** 0 while it lasts. */
  revokeTime: Micros;
  /** The address it was begun from; empty where it is not known. */
  address: string;
}

/** A key that access tokens are signed with. */
export interface SigningKeyRow {
  /** 1, 2, 3: the place that two replicas which make a key at once compete for. */
  slot: number;
  kid: string;
  /** The public half, as a JSON Web Key. */
  jwk: string;
  /** The private half, PKCS #8, sealed. */
  privateKey: Buffer;
  createTime: Micros;
  /** From when on no valid token is signed with it; {@link never} for the newest. */
  retireTime: Micros;
}

/** Stands for an instant that does not come, in columns that are filtered and sorted. */
export const never: Micros = Number.MAX_SAFE_INTEGER;

export interface IdentityTables {
  identity_user: UserRow;
  identity_password: PasswordRow;
  identity_sign_in_failure: SignInFailureRow;
  identity_service_account: ServiceAccountRow;
  identity_api_key: ApiKeyRow;
  identity_session: SessionRow;
  identity_signing_key: SigningKeyRow;
}
