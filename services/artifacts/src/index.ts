import { ArtifactService, ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { CuratedVisualizationService, VisualizationService } from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { storedPart } from "@signalbox/runtime/host/stored-part.ts";
import { decisions } from "@signalbox/runtime/policy/decide.ts";
import { projectResolver } from "@signalbox/runtime/policy/project-resolver.ts";
import { purging } from "@signalbox/runtime/resource/purge.ts";
import { tagCounted } from "@signalbox/runtime/resource/tags/events.ts";
import { tagDuties } from "@signalbox/runtime/resource/tags/follow.ts";
import { wantTags } from "@signalbox/runtime/resource/tags/want.ts";
import { artifactHandlers } from "./artifact/handlers.ts";
import { artifactResolver, resolverById } from "./artifact/references.ts";
import type { Context } from "./context.ts";
import { curatedHandlers } from "./curated/handlers.ts";
import { migrations } from "./migrations/index.ts";
import { followProjects } from "./project/following.ts";
import { purgeRound } from "./project/purge.ts";
import type { ArtifactsTables } from "./tables.ts";
import { followRuns } from "./use/following.ts";
import { versionHandlers } from "./version/handlers.ts";
import { pruning } from "./version/pruning.ts";
import { visualizationHandlers } from "./visualization/handlers.ts";

/** What exists: artifacts and their versions, and where these were made and used. Pointers, never the data. */
export const artifacts: Assemble = async (needs) => {
  const { open, peers, clock, wakeups, policy } = needs;
  const database = await open<ArtifactsTables>(migrations);
  const { log: outbox, mutate, lists, onError, part } = storedPart(needs, "artifacts", database, { compacted: [tagCounted] });
  const own = { decisions: decisions(policy, peers), want: wantTags(peers) };
  const context: Context = { database, mutate, outbox, clock, lists, policy, peers, wakeups, log: needs.log, ...own };

  const purged = new Set<string>();

  return {
    ...part,
    serves: [
      serves(ArtifactService, artifactHandlers(context)),
      serves(ArtifactVersionService, versionHandlers(context)),
      serves(VisualizationService, visualizationHandlers(context)),
      serves(CuratedVisualizationService, curatedHandlers(context)),
    ],
    resolvers: {
      project: projectResolver(peers),
      artifact: artifactResolver(database.db),
      artifact_version: resolverById(database.db, "artifacts_version"),
      visualization: resolverById(database.db, "artifacts_visualization"),
      curated_visualization: resolverById(database.db, "artifacts_curated"),
    },
    duties: [
      ...part.duties,
      followRuns(context),
      followProjects(context),
      ...tagDuties({ database, outbox, service: "artifacts", clock, peers, wakeups, onError }),
      purging(database, "artifacts", (leading) => purgeRound({ database, clock }, leading, purged), onError),
      pruning(context, onError),
    ],
  };
};
