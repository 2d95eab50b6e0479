import { ArtifactService, ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { mutation } from "@signalbox/runtime/audit/mutation.ts";
import { refusals } from "@signalbox/runtime/audit/refused.ts";
import { eventHandlers } from "@signalbox/runtime/events/handlers.ts";
import { retention } from "@signalbox/runtime/events/retention.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { projectResolver } from "@signalbox/runtime/policy/project-resolver.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { pageTokens } from "@signalbox/runtime/store/page-seal.ts";
import { relay } from "@signalbox/runtime/store/relay.ts";
import { artifactHandlers } from "./artifact/handlers.ts";
import { artifactResolver, versionResolver } from "./artifact/references.ts";
import type { Context } from "./context.ts";
import { migrations } from "./migrations/index.ts";
import { followProjects } from "./project/following.ts";
import { purging } from "./project/purge.ts";
import type { ArtifactsTables } from "./tables.ts";
import { followRuns } from "./use/following.ts";
import { versionHandlers } from "./version/handlers.ts";

/** What exists: artifacts and their versions, and where these were made and used. Pointers, never the data. */
export const artifacts: Assemble = async ({ open, peers, clock, wakeups, meshKeys, policy, log: logger }) => {
  const database = await open<ArtifactsTables>(migrations);
  const untyped = database as unknown as Database<never>;
  const log = outbox(untyped, "artifacts", wakeups);
  const onError = (error: unknown) => logger.error({ err: error }, "work beside the calls failed, and is tried again");
  const refused = refusals(database, { service: "artifacts", clock, onError });
  const context: Context = {
    database,
    mutate: mutation(database, { service: "artifacts", clock, wakeups }),
    clock,
    seal: pageTokens(meshKeys),
    policy,
    peers,
    wakeups,
    log: logger,
  };

  return {
    serves: [serves(ArtifactService, artifactHandlers(context)), serves(ArtifactVersionService, versionHandlers(context))],
    events: eventHandlers(database, "artifacts"),
    recordRefusal: refused.record,
    resolvers: {
      project: projectResolver(peers),
      artifact: artifactResolver(database.db),
      artifact_version: versionResolver(database.db),
    },
    ready: database.ping,
    duties: [
      (signal) => relay({ database: untyped, outbox: log, wakeups, signal, onError }),
      (signal) => retention(log, signal, { clock, onError }),
      followRuns(context),
      followProjects(context),
      purging({ database, clock, onError }),
    ],
    async close() {
      await refused.flush();
      await database.close();
    },
  };
};
