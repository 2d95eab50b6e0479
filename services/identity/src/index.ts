import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { accessTokenVerifier } from "@signalbox/runtime/crypto/access-token.ts";
import { deriveAll } from "@signalbox/runtime/crypto/keys.ts";
import { sealer } from "@signalbox/runtime/crypto/seal.ts";
import { type Assemble, type Needs, serves } from "@signalbox/runtime/host/part.ts";
import { type StoredPart, storedPart } from "@signalbox/runtime/host/stored-part.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { keyCheck } from "./api-key/check.ts";
import { apiKeyHandlers } from "./api-key/handlers.ts";
import { lastUsed } from "./api-key/last-used.ts";
import { apiKeyStore } from "./api-key/store.ts";
import { exchange } from "./auth/exchange.ts";
import { authHandlers } from "./auth/handlers.ts";
import { tokenIssuer } from "./auth/tokens.ts";
import { housekeeping } from "./housekeeping.ts";
import { migrations } from "./migrations/index.ts";
import { failures } from "./password/failures.ts";
import { passwordStore } from "./password/store.ts";
import { principalStore } from "./principal/store.ts";
import { resolvers } from "./resolvers.ts";
import { serviceAccountHandlers } from "./service-account/handlers.ts";
import { serviceAccountStore } from "./service-account/store.ts";
import { refreshTokens } from "./session/refresh-token.ts";
import { sessionStore } from "./session/store.ts";
import { signingKeys } from "./signing-key/ring.ts";
import { signingKeyStore } from "./signing-key/store.ts";
import type { Stores } from "./stores.ts";
import type { IdentityTables } from "./tables.ts";
import { userHandlers } from "./user/handlers.ts";
import { userLife } from "./user/life.ts";
import { userStore } from "./user/store.ts";

/** Who acts: users, service accounts, their sessions and keys, and the tokens that these are exchanged for. */
export const identity: Assemble = async (needs) => {
  const { clock, issuer, meshKeys, peers, policy } = needs;
  const database = await needs.open<IdentityTables>(migrations);
  const stored = storedPart(needs, "identity", database);
  const { onError, part } = stored;
  const stores = storesOf(database, needs, stored);
  const { keys, principals, sessions } = stores;

  const ring = signingKeys({ database, store: signingKeyStore(database), sealer: sealer(deriveAll(meshKeys, "signing-keys")), clock });
  await ring.keepFresh();
  const uses = lastUsed(keys, onError);
  const checkKey = keyCheck({ keys, principals, used: uses, peppers: stores.peppers, clock });
  const verifier = accessTokenVerifier({ issuer, keys: ring.publicKey, clock });
  const auth = authHandlers({
    stores,
    issue: tokenIssuer(ring, issuer, clock),
    exchange: exchange({ checkKey, verifier, principals, sessions, keys, policy, clock }),
    refreshTokens: refreshTokens(deriveAll(meshKeys, "refresh-tokens")),
    signingKeys: ring,
  });

  return {
    ...part,
    serves: [
      serves(AuthService, auth),
      serves(UserService, userHandlers(stores)),
      serves(ServiceAccountService, serviceAccountHandlers(stores)),
      serves(ApiKeyService, apiKeyHandlers(stores)),
    ],
    resolvers: resolvers(stores, peers, policy),
    duties: [...part.duties, housekeeping({ database, signingKeys: ring, sessions, failures: stores.failures, clock, onError }), uses.duty],
    close: async () => {
      await uses.flush().catch(onError);
      await part.close();
    },
  };
};

function storesOf(
  database: Database<IdentityTables>,
  { clock, meshKeys, policy }: Needs,
  { log, mutate, refused, lists }: StoredPart<IdentityTables>,
): Stores {
  const users = userStore(database);
  const sessions = sessionStore(database);
  const [nameKey] = deriveAll(meshKeys, "sign-in-names");
  return {
    clock,
    policy,
    dialect: database.dialect,
    principals: principalStore(database),
    users,
    life: userLife(users, sessions, log),
    passwords: passwordStore(database),
    failures: failures(database, clock, nameKey),
    accounts: serviceAccountStore(database),
    keys: apiKeyStore(database),
    sessions,
    log,
    mutate,
    transact: database.transact,
    refusals: refused,
    lists,
    peppers: deriveAll(meshKeys, "api-keys"),
  };
}
