import { ComparisonService } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { HookService } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { StatisticsService } from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { runTokens } from "@signalbox/runtime/crypto/run-token.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { storedPart } from "@signalbox/runtime/host/stored-part.ts";
import { decisions } from "@signalbox/runtime/policy/decide.ts";
import { projectResolver } from "@signalbox/runtime/policy/project-resolver.ts";
import { tagCounted } from "@signalbox/runtime/resource/tags/events.ts";
import { tagDuties } from "@signalbox/runtime/resource/tags/follow.ts";
import { wantTags } from "@signalbox/runtime/resource/tags/want.ts";
import { comparisonHandlers } from "./compare/compare.ts";
import type { Context } from "./context.ts";
import { sweeping } from "./heartbeat/sweeper.ts";
import { hookHandlers } from "./hook/handlers.ts";
import { hookStore } from "./hook/store.ts";
import { lineageHandlers } from "./lineage/handlers.ts";
import { metricHandlers } from "./metric/handlers.ts";
import { migrations } from "./migrations/index.ts";
import { followProjects } from "./project/following.ts";
import { overrideReader } from "./replay/overrides.ts";
import { runChanged } from "./report/events.ts";
import { reportHandlers } from "./report/handlers.ts";
import { gaugedReporting } from "./report/pending.ts";
import { reporting } from "./report/reporting.ts";
import { queues } from "./reservation/queue.ts";
import { reservationStore } from "./reservation/store.ts";
import { tidying } from "./reservation/tidying.ts";
import { adding } from "./run/adding.ts";
import { documentReader } from "./run/documents.ts";
import { runFeeds } from "./run/feed.ts";
import { runHandlers } from "./run/handlers.ts";
import { planStore } from "./run/plan-store.ts";
import { purging } from "./run/purging.ts";
import { runPlaces } from "./run/resolver.ts";
import { runStateHandlers } from "./run/state-handlers.ts";
import { stopping } from "./run/stop.ts";
import { runStore } from "./run/store.ts";
import { runTail } from "./run/tail.ts";
import { traitReader } from "./run/traits.ts";
import { snapshotFacts } from "./snapshot/facts.ts";
import { statisticsHandlers } from "./statistics/handlers.ts";
import { stepHandlers } from "./step/handlers.ts";
import { stepStore } from "./step/store.ts";
import type { RunsTables } from "./tables.ts";
import { waitHandlers } from "./wait/handlers.ts";
import { waitStore } from "./wait/store.ts";

/** What ran, as it was reported: runs, steps, edges, metadata and metrics. */
export const runs: Assemble = async (needs) => {
  const { open, peers, clock, wakeups, meshKeys, policy, log } = needs;
  const database = await open<RunsTables>(migrations);
  const { log: outbox, mutate, lists, onError, part } = storedPart(needs, "runs", database, { compacted: [runChanged, tagCounted] });
  const plans = planStore();
  const documents = documentReader(database.db);
  const store = runStore(database);
  const places = runPlaces(store);
  const steps = stepStore({ database, peers, names: policy }, documents);
  const reservations = reservationStore(database);
  const waits = waitStore(database, documents, policy);
  const overrides = overrideReader(database);
  const watched = { outbox, runs: store, steps, waits, documents, overrides, names: policy, wakeups };
  const context: Context = {
    database,
    mutate,
    outbox,
    adding: adding({ database, outbox, clock }),
    replaying: adding({ database, outbox, clock }, 4),
    reporting: gaugedReporting(reporting({ database, outbox, plans, clock, wakeups, names: policy })),
    runs: store,
    places,
    feedOf: runFeeds(watched),
    tailOf: runTail(watched),
    steps,
    reservations,
    queueOf: queues({ database, reservations, wakeups }),
    waits,
    hooks: hookStore(database, documents, policy),
    documents,
    overrides,
    traits: traitReader(database, documents),
    plans,
    snapshots: snapshotFacts(peers),
    want: wantTags(peers),
    policy,
    decisions: decisions(policy, peers),
    tokens: runTokens(meshKeys, clock),
    peers,
    wakeups,
    names: policy,
    lists,
    clock,
    log,
  };

  return {
    ...part,
    serves: [
      serves(RunService, runHandlers(context)),
      serves(StepService, stepHandlers(context)),
      serves(ReportService, reportHandlers(context)),
      serves(WaitConditionService, waitHandlers(context)),
      serves(HookService, hookHandlers(context)),
      serves(MetricService, metricHandlers(context)),
      serves(LineageService, lineageHandlers(context)),
      serves(ComparisonService, comparisonHandlers(context)),
      serves(StatisticsService, statisticsHandlers(context)),
      serves(RunStateService, runStateHandlers(context)),
    ],
    resolvers: { run: places.resolve, project: projectResolver(peers) },
    duties: [
      ...part.duties,
      (signal) => sweeping(context, signal),
      (signal) => purging(context, signal),
      (signal) => stopping(context, signal),
      (signal) => tidying(context, signal),
      (signal) => followProjects(context, signal),
      ...tagDuties({ database, outbox, service: "runs", clock, peers, wakeups, onError }),
    ],
    async close() {
      await Promise.all([context.reporting.drain(), context.adding.drain(), context.replaying.drain()]);
      await part.close();
    },
  };
};
