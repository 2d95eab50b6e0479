import type { Run } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { gauge } from "@signalbox/runtime/telemetry/gauges.ts";
import type { Context } from "../context.ts";
import { runChanged } from "../report/events.ts";
import type { RunTable } from "../tables.ts";
import { describeRuns } from "./granted.ts";
import { sharedReads } from "./shared-reads.ts";
import { ticker } from "./ticker.ts";

export type TailNeeds = Pick<Context, "outbox" | "runs" | "waits" | "documents" | "overrides" | "names"> & {
  readonly wakeups: Pick<Wakeups, "subscribe">;
};

/** A run that changed: its row, by which it is decided who may see it, and the run as the contract has it. */
export interface Changed {
  readonly row: RunTable;
  readonly run: Run;
}

/** What the log says after a place in it, with the runs as they are now. */
export interface LogPortion {
  /** By workspace, in hexadecimal. */
  readonly changed: ReadonlyMap<string, readonly Changed[]>;
  readonly upto: number;
  readonly resync: boolean;
  /** Whether there is more to be read at once. */
  readonly more: boolean;
}

/** One reader of the log, for all who watch runs in this process: who stands at the same place is given the same. */
export interface Tail {
  /** Where the log ends now. */
  end(): Promise<number>;
  after(place: number): Promise<LogPortion>;
  /** Resolves when there may be something new, or it is time for a sign of life. */
  next(): Promise<void>;
  leave(): void;
}

const portion = 500;
const keptPortions = 16;

/** The tail of the log is followed as long as anybody watches runs. */
export function runTail(needs: TailNeeds): () => Tail {
  let open: { readonly tail: Omit<Tail, "leave">; readonly close: () => void } | undefined;
  let watchers = 0;
  gauge("runs.watchers_of_all", { description: "Those who watch all runs", unit: "{watchers}" }, () => watchers);
  return () => {
    open ??= openTail(needs);
    watchers += 1;
    let here = true;
    return {
      ...open.tail,
      leave() {
        if (!here) return;
        here = false;
        watchers -= 1;
        if (watchers > 0) return;
        open?.close();
        open = undefined;
      },
    };
  };
}

function openTail(needs: TailNeeds) {
  const { outbox, wakeups } = needs;
  const portions = sharedReads<LogPortion>(keptPortions);
  const ticks = ticker({
    subscribe: (wake) => wakeups.subscribe(outbox.topics.numbered, wake),
    async look() {
      portions.clear();
      ticks.turn();
    },
  });

  async function read(place: number): Promise<LogPortion> {
    const { events, upto, resync } = await outbox.pull(place, portion, [runChanged]);
    const changed = new Map<string, readonly Changed[]>();
    for (const [workspace, some] of Map.groupBy(events, ({ workspaceId }) => workspaceId.toString("hex"))) {
      const ids = new Map(some.map(({ subject }) => [subject.toString("hex"), subject]));
      changed.set(workspace, await describe(some[0]?.workspaceId as Id, [...ids.values()]));
    }
    return { changed, upto, resync, more: events.length === portion };
  }

  async function describe(workspace: Id, ids: readonly Id[]): Promise<readonly Changed[]> {
    const rows = await needs.runs.some(workspace, ids);
    const runs = await describeRuns(needs, rows);
    return rows.map((row, i) => ({ row, run: runs[i] as Run }));
  }

  return {
    tail: {
      // A cursor beyond every end answers with the end.
      end: async () => (await outbox.pull(Number.MAX_SAFE_INTEGER, 1, [runChanged])).upto,
      after: (place: number) => portions.get(String(place), () => read(place)),
      next: ticks.next,
    },
    close: ticks.close,
  };
}
