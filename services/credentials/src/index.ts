import { CodeAccessService } from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { sealedCache } from "@signalbox/runtime/cache/sealed.ts";
import { localKeyEncryption } from "@signalbox/runtime/crypto/envelope.ts";
import { deriveAll } from "@signalbox/runtime/crypto/keys.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { storedPart } from "@signalbox/runtime/host/stored-part.ts";
import { decisions } from "@signalbox/runtime/policy/decide.ts";
import { projectResolver } from "@signalbox/runtime/policy/project-resolver.ts";
import { codeAccessHandlers } from "./code/handlers.ts";
import { codeRepositories } from "./code/repositories.ts";
import { connectorHandlers } from "./connector/handlers.ts";
import { connectorStore } from "./connector/store.ts";
import { connectorTypeHandlers } from "./connector-type/handlers.ts";
import { issueHandlers } from "./issue/handlers.ts";
import { issuer } from "./issue/issuer.ts";
import { knownConnectors } from "./issue/known.ts";
import { verifyHandlers } from "./issue/verify.ts";
import { leaseHandlers } from "./lease/handlers.ts";
import { ledger } from "./lease/ledger.ts";
import { sweepDuty } from "./lease/sweep.ts";
import { migrations } from "./migrations/index.ts";
import { outwardTo } from "./outbound/outward.ts";
import { connectorResolver } from "./resolver.ts";
import { dataKeys } from "./sealing/data-keys.ts";
import { rewrapDuty } from "./sealing/rewrap.ts";
import { secretHandlers } from "./secret/handlers.ts";
import { secretResolver } from "./secret/resolver.ts";
import type { CredentialsTables } from "./tables.ts";

/** Secrets, connectors, and the short-lived credentials that connectors issue. */
export const credentials: Assemble = async (needs) => {
  const { open, cache, clock, log, peers, policy, sealingKeys, privateHosts } = needs;
  const database = await open<CredentialsTables>(migrations);
  const { log: events, mutate, lists, part } = storedPart(needs, "credentials", database);
  const wrappingKeys = deriveAll(sealingKeys, "data-keys");
  const encryption = localKeyEncryption(wrappingKeys);
  const leases = ledger(database, events);
  const known = knownConnectors();
  const repositories = codeRepositories(peers);
  const context = {
    database,
    mutate,
    log: events,
    keys: dataKeys(database, encryption, clock),
    clock,
    lists,
    policy,
    issuer: issuer(sealedCache(cache, sealingKeys), clock),
    ledger: leases,
    known,
    decisions: decisions(policy, peers),
    outward: outwardTo(privateHosts),
    repositories,
  };

  return {
    ...part,
    serves: [
      serves(SecretService, secretHandlers(context)),
      serves(ConnectorService, {
        ...connectorHandlers(context),
        ...issueHandlers(context),
        ...verifyHandlers(context),
        ...leaseHandlers(context),
        ...connectorTypeHandlers,
      }),
      serves(CodeAccessService, codeAccessHandlers(context)),
    ],
    resolvers: {
      secret: secretResolver(context, context.decisions),
      connector: connectorResolver(connectorStore(database, policy), known),
      project: projectResolver(peers),
      code_repository: repositories.resolve,
    },
    duties: [...part.duties, rewrapDuty({ database, encryption, current: wrappingKeys[0].id }, log), sweepDuty(database, clock, log)],
    close: async () => {
      await leases.drain();
      await part.close();
    },
  };
};
