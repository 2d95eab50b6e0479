import { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { mutation } from "@signalbox/runtime/audit/mutation.ts";
import { refusals } from "@signalbox/runtime/audit/refused.ts";
import { deriveAll } from "@signalbox/runtime/crypto/keys.ts";
import { runTokens } from "@signalbox/runtime/crypto/run-token.ts";
import { sealer } from "@signalbox/runtime/crypto/seal.ts";
import { eventHandlers } from "@signalbox/runtime/events/handlers.ts";
import { retention } from "@signalbox/runtime/events/retention.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { projectResolver } from "@signalbox/runtime/policy/project-resolver.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { pageSeal } from "@signalbox/runtime/store/page-seal.ts";
import { relay } from "@signalbox/runtime/store/relay.ts";
import type { Context } from "./context.ts";
import { sweeping } from "./heartbeat/sweeper.ts";
import { lineageHandlers } from "./lineage/handlers.ts";
import { metricHandlers } from "./metric/handlers.ts";
import { migrations } from "./migrations/index.ts";
import { followProjects } from "./project/following.ts";
import { reportHandlers } from "./report/handlers.ts";
import { reporting } from "./report/reporting.ts";
import { documentReader } from "./run/documents.ts";
import { runHandlers } from "./run/handlers.ts";
import { planStore } from "./run/plan-store.ts";
import { purging } from "./run/purge.ts";
import { runPlaces } from "./run/resolver.ts";
import { runStateHandlers } from "./run/state-handlers.ts";
import { runStore } from "./run/store.ts";
import { snapshotFacts } from "./snapshot/facts.ts";
import { stepStore } from "./step/store.ts";
import type { RunsTables } from "./tables.ts";

/** What ran, as it was reported: runs, steps, edges, metadata and metrics. */
export const runs: Assemble = async ({ open, peers, clock, wakeups, meshKeys, policy, log }) => {
  const database = await open<RunsTables>(migrations);
  const untyped = database as unknown as Database<never>;
  const events = outbox(untyped, "runs", wakeups);
  const onError = (error: unknown) => log.error({ err: error }, "work beside the calls failed, and is tried again");
  const refused = refusals(database, { service: "runs", clock, onError });
  const seal = pageSeal(sealer(deriveAll(meshKeys, "page-token")));
  const plans = planStore();
  const documents = documentReader(database.db);
  const store = runStore(database);
  const places = runPlaces(store);
  const context: Context = {
    database,
    mutate: mutation(database, { service: "runs", clock, wakeups }),
    outbox: events,
    reporting: reporting({ database, outbox: events, plans, clock, wakeups, names: policy }),
    runs: store,
    places,
    steps: stepStore(database, documents),
    documents,
    plans,
    snapshots: snapshotFacts(peers),
    tokens: runTokens(meshKeys, clock),
    peers,
    wakeups,
    names: policy,
    seal,
    lists: { seal, clock, dialect: database.dialect },
    clock,
    log,
  };

  return {
    serves: [
      serves(RunService, runHandlers(context)),
      serves(ReportService, reportHandlers(context)),
      serves(MetricService, metricHandlers(context)),
      serves(LineageService, lineageHandlers(context)),
      serves(RunStateService, runStateHandlers(context)),
    ],
    events: eventHandlers(database, "runs"),
    recordRefusal: refused.record,
    resolvers: { run: places.resolve, project: projectResolver(peers) },
    ready: database.ping,
    duties: [
      (signal) => relay({ database: untyped, outbox: events, wakeups, signal, onError }),
      (signal) => sweeping(context, signal),
      (signal) => purging(context, signal),
      (signal) => followProjects(context, signal),
      (signal) => retention(events, signal, { clock, onError }),
    ],
    async close() {
      await context.reporting.drain();
      await refused.flush();
      await database.close();
    },
  };
};
