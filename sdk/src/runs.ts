import { setTimeout as sleep } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { type HookInvocation, HookService } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import type { Run, Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import {
  type GetRunStatisticsRequestSchema,
  type GetRunStatisticsResponse,
  StatisticsService,
} from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { type CompareRuns, type Comparison, compareRuns } from "./compare.ts";
import type { Connection } from "./connection.ts";
import { failedWith, misuse, SignalboxError } from "./errors.ts";
import { inPortions } from "./pages.ts";
import { backOffMs } from "./wire/retry.ts";

export interface ListRuns {
  /** The project, by id or name; all that the caller may see where absent. */
  readonly project?: string | undefined;
  /** In the filter language: 'status = FAILED AND start_time > "-7d"'. */
  readonly filter?: string;
  /** Such as "create_time desc"; newest first where absent. */
  readonly orderBy?: string;
  /** How many are fetched at a time, 1 to 1,000; 50 where absent. */
  readonly pageSize?: number;
}

export interface ListSteps extends ListRuns {
  /** Whether attempts that were replaced are left out. */
  readonly latest?: boolean;
}

/** Which step of which run, and until when. */
export interface SetCacheExpiry {
  readonly project?: string | undefined;
  /** The latest where absent. */
  readonly attempt?: number;
  readonly until?: Date | undefined;
}

/** What is asked of {@link RunReader.statistics}. */
export type RunStatistics = Omit<MessageInitShape<typeof GetRunStatisticsRequestSchema>, "$typeName" | "project"> & {
  /** The project, by id or name; all that the caller may see where absent. */
  readonly project?: string | undefined;
};

/** What changed in a run. */
export type RunChange =
  | { readonly kind: "run"; readonly run: Run }
  | { readonly kind: "steps"; readonly steps: readonly Step[] }
  /** Forget what you know: the run and its steps follow. */
  | { readonly kind: "resync" };

export interface RunReader {
  /** Runs page by page, the first ones at once. */
  list(request?: ListRuns): AsyncGenerator<Run>;
  /** Steps of all these runs page by page: 'name = train AND status = FAILED'. */
  steps(request?: ListSteps): AsyncGenerator<Step>;
  /** Changes until when the outputs of a step that has ended serve others from the cache; what has passed ends it now, and without a time they serve for good. */
  setCacheExpiry(run: string, step: string, options?: SetCacheExpiry): Promise<Step>;
  /** A run by id, or by name with its project. Fails with NOT_FOUND. */
  get(run: string, options?: { readonly project?: string | undefined }): Promise<Run>;
  /** Those of some runs that there are and that the caller may see, in the order asked for, by their ids. */
  many(ids: readonly string[]): Promise<readonly Run[]>;
  /** What is not the same in 2 to 20 runs. Fails with NOT_FOUND. */
  compare(runs: readonly string[], options?: CompareRuns): Promise<Comparison>;
  /** How many runs there are in groups, and what is measured of these: by status, pipeline, time, metadata and others. */
  statistics(request?: RunStatistics): Promise<GetRunStatisticsResponse>;
  /** The hooks that were called while a run went on, oldest first. */
  hooks(run: string, options?: { readonly project?: string | undefined }): AsyncGenerator<HookInvocation>;
  /**
   * A run and its steps as they are, then each change, until the run is over
   * or the signal aborts. A watch that breaks is taken up where it stood.
   */
  watch(run: string, options?: { readonly project?: string | undefined; readonly signal?: AbortSignal }): AsyncGenerator<RunChange>;
}

export function runReader(connection: Connection, defaultProject: string | undefined): RunReader {
  const client = connection.client(RunService);
  const scope = (project = defaultProject) => project ?? "";

  return {
    async *list({ project, filter = "", orderBy = "", pageSize = 0 } = {}) {
      for (let pageToken = ""; ; ) {
        const page = await client.listRuns({ project: scope(project), filter, orderBy, pageSize, pageToken });
        yield* page.runs;
        pageToken = page.nextPageToken;
        if (pageToken === "") return;
      }
    },

    async *steps({ project, filter = "", orderBy = "", pageSize = 0, latest = false } = {}) {
      for (let pageToken = ""; ; ) {
        const request = { project: scope(project), filter, orderBy, pageSize, pageToken, latest };
        const page = await connection.client(StepService).listProjectSteps(request);
        yield* page.steps;
        pageToken = page.nextPageToken;
        if (pageToken === "") return;
      }
    },

    async setCacheExpiry(run, step, { project, attempt = 0, until } = {}) {
      const cacheExpireTime = until && timestampFromDate(until);
      const request = { run, project: scope(project), step, attempt, ...(cacheExpireTime && { cacheExpireTime }) };
      const answer = await connection.client(StepService).setCacheExpiry(request);
      if (!answer.step) throw misuse("the server changed a step without telling of it");
      return answer.step;
    },

    async get(run, { project } = {}) {
      const answer = await client.getRun({ run, project: scope(project) });
      if (!answer.run) throw misuse("the server found a run without telling of it");
      return answer.run;
    },

    async many(ids) {
      const answers = await Promise.all([...inPortions(ids)].map((some) => client.batchGetRuns({ ids: some })));
      return answers.flatMap(({ runs }) => runs);
    },

    compare: (runs, options = {}) => compareRuns(connection, runs, { ...options, project: scope(options.project) }),
    statistics: ({ project, ...request } = {}) =>
      connection.client(StatisticsService).getRunStatistics({ project: scope(project), ...request }),

    async *hooks(run, options = {}) {
      const { id } = await this.get(run, options);
      for (let pageToken = ""; ; ) {
        const request = { filter: `run = ${id}`, orderBy: "create_time", pageToken };
        const page = await connection.client(HookService).listHookInvocations(request);
        yield* page.hookInvocations;
        pageToken = page.nextPageToken;
        if (pageToken === "") return;
      }
    },

    async *watch(run, { project, signal } = {}) {
      let afterRevision = 0n;
      let over = false;
      for (let failures = 0; !signal?.aborted; failures += 1) {
        let waitMs = 0;
        try {
          const parts = client.watchRun({ run, project: scope(project), afterRevision }, signal ? { signal } : {});
          for await (const { part } of parts) {
            failures = 0;
            if (part.case === "resync") yield { kind: "resync" };
            if (part.case === "steps") yield { kind: "steps", steps: part.value.steps };
            if (part.case === "run") {
              yield { kind: "run", run: part.value };
              over = part.value.endTime !== undefined && !part.value.inProgress;
            }
            if (part.case !== "current") continue;
            afterRevision = part.value;
            if (over) return;
          }
        } catch (error) {
          if (signal?.aborted && failedWith(error, "CANCELLED")) return;
          if (!mayResume(error)) throw error;
          waitMs = error.retryAfterMs ?? 0;
        }
        await sleep(Math.max(waitMs, backOffMs(failures, 3_000)), undefined, signal ? { signal } : {}).catch(() => undefined);
      }
    },
  };
}

const mayResume = (error: unknown): error is SignalboxError =>
  error instanceof SignalboxError && (error.code === Code.Unavailable || failedWith(error, "TOKEN_EXPIRED", "RATE_LIMITED", "OVERLOADED"));
