import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { mutation } from "@signalbox/runtime/audit/mutation.ts";
import { refusals } from "@signalbox/runtime/audit/refused.ts";
import { sealedCache } from "@signalbox/runtime/cache/sealed.ts";
import { localKeyEncryption } from "@signalbox/runtime/crypto/envelope.ts";
import { deriveAll } from "@signalbox/runtime/crypto/keys.ts";
import { sealer } from "@signalbox/runtime/crypto/seal.ts";
import { eventHandlers } from "@signalbox/runtime/events/handlers.ts";
import { retention } from "@signalbox/runtime/events/retention.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { pageSeal } from "@signalbox/runtime/store/page-seal.ts";
import { relay } from "@signalbox/runtime/store/relay.ts";
import { connectorHandlers } from "./connector/handlers.ts";
import { connectorStore } from "./connector/store.ts";
import { issueHandlers } from "./issue/handlers.ts";
import { issuer } from "./issue/issuer.ts";
import { leaseHandlers } from "./lease/handlers.ts";
import { ledger } from "./lease/ledger.ts";
import { sweepDuty } from "./lease/sweep.ts";
import { migrations } from "./migrations/index.ts";
import { resourceResolver } from "./resolver.ts";
import { dataKeys } from "./sealing/data-keys.ts";
import { rewrapDuty } from "./sealing/rewrap.ts";
import { secretHandlers } from "./secret/handlers.ts";
import { secretStore } from "./secret/store.ts";
import type { CredentialsTables } from "./tables.ts";

/** Secrets, connectors, and the short-lived credentials that connectors issue. */
export const credentials: Assemble = async ({ open, cache, clock, log, meshKeys, policy, sealingKeys, wakeups }) => {
  const onError = (error: unknown) => log.warn({ err: error }, "work in the background failed, and will be tried again");
  const database = await open<CredentialsTables>(migrations);
  const untyped = database as unknown as Database<never>;
  const events = outbox(untyped, "credentials", wakeups);
  const refused = refusals(database, { service: "credentials", clock, onError });
  const wrappingKeys = deriveAll(sealingKeys, "data-keys");
  const encryption = localKeyEncryption(wrappingKeys);
  const leases = ledger(database, events);
  const context = {
    database,
    mutate: mutation(database, { service: "credentials", clock, wakeups }),
    keys: dataKeys(database, encryption, clock),
    clock,
    seal: pageSeal(sealer(deriveAll(meshKeys, "page-tokens"))),
    policy,
    issuer: issuer(sealedCache(cache, sealingKeys), clock),
    ledger: leases,
  };

  return {
    serves: [
      serves(SecretService, secretHandlers(context)),
      serves(ConnectorService, { ...connectorHandlers(context), ...issueHandlers(context), ...leaseHandlers(context) }),
    ],
    events: eventHandlers(database, "credentials"),
    recordRefusal: refused.record,
    resolvers: {
      secret: resourceResolver(secretStore(database, policy)),
      connector: resourceResolver(connectorStore(database, policy)),
    },
    ready: () => database.ping(),
    duties: [
      (signal) => relay({ database: untyped, outbox: events, wakeups, signal, onError }),
      (signal) => retention(events, signal, { clock, onError }),
      rewrapDuty({ database, encryption, current: wrappingKeys[0].id }, log),
      sweepDuty(database, clock, log),
    ],
    close: async () => {
      await leases.drain();
      await refused.flush();
      await database.close();
    },
  };
};
