import { create } from "@bufbuild/protobuf";
import { type WatchRunResponse, WatchRunResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { type Joined, joined } from "@signalbox/runtime/rpc/joined.ts";
import { gauge } from "@signalbox/runtime/telemetry/gauges.ts";
import { forMany } from "@signalbox/runtime/wire/encoding.ts";
import type { Context } from "../context.ts";
import { topicOfRun } from "../report/reporting.ts";
import { describeRun } from "./granted.ts";
import { coalesced, sharedReads } from "./shared-reads.ts";
import { ticker } from "./ticker.ts";

export type FeedNeeds = Pick<Context, "runs" | "steps" | "waits" | "documents" | "overrides" | "names"> & {
  readonly wakeups: Pick<Wakeups, "subscribe">;
};

/** A run as it was when it was looked at, in the messages that every watcher is sent. */
export interface Look {
  readonly revision: number;
  readonly run: WatchRunResponse;
  readonly current: WatchRunResponse;
}

/** A place in the order of changes of a run's steps. */
interface StepPlace {
  readonly revision: number;
  readonly position: number;
}

/** Messages about what changed, in one piece for all who stand at the same place. */
export interface Portion {
  readonly messages: Joined;
  /** Where more follows; undefined at the end, which says up to which revision everything was sent. */
  readonly next: StepPlace | undefined;
}

/** One reader of one run, for all of its watchers in this process: what they have in common is read once, and encoded once. */
export interface Feed {
  /** The run as a look that begins now finds it. Fails with NOT_FOUND. */
  look(): Promise<Look>;
  /** The run as it was after this look: at once where there is something new, else after the next change or sign of life. */
  after(seen: Look): Promise<Look>;
  /**
   * The run, and the steps that changed after a revision, in the order of their changes; or what follows a portion of them.
   * Of a step that changes meanwhile, the later state may come instead, or again.
   */
  changes(now: Look, after: number | StepPlace): Promise<Portion>;
  leave(): void;
}

/** How many steps are sent at once, and how many such portions are kept for others who are at the same place. */
const portion = 200;
const keptPortions = 16;

/** Every run that is watched in this process has one feed, for as long as anybody watches it. */
export function runFeeds(needs: FeedNeeds): (workspace: Id, run: Id) => Feed {
  let watchers = 0;
  gauge("runs.watchers", { description: "Those who watch a run", unit: "{watchers}" }, () => watchers);
  const open = new Map<string, ReturnType<typeof openFeed> & { watchers: number }>();
  return (workspace, run) => {
    const key = workspace.toString("hex") + run.toString("hex");
    const feed = open.get(key) ?? { ...openFeed(needs, workspace, run), watchers: 0 };
    open.set(key, feed);
    feed.watchers += 1;
    watchers += 1;
    let here = true;
    return {
      ...feed,
      leave() {
        if (!here) return;
        here = false;
        feed.watchers -= 1;
        watchers -= 1;
        if (feed.watchers > 0) return;
        feed.close();
        open.delete(key);
      },
    };
  };
}

function openFeed(needs: FeedNeeds, workspace: Id, id: Id) {
  const { runs, steps, wakeups } = needs;
  const portions = sharedReads<Portion>(keptPortions);
  let last: Look | undefined;

  const look = coalesced(async (): Promise<Look> => {
    const row = await runs.find(workspace, id);
    if (!row) throw notFound("run", toUuid(id));
    const { revision } = row;
    if (last?.revision === revision) return last;
    const run = part({ case: "run", value: await describeRun(needs, row) });
    last = { revision, run, current: part({ case: "current", value: BigInt(revision) }) };
    portions.clear();
    ticks.turn();
    return last;
  });
  const ticks = ticker({ subscribe: (wake) => wakeups.subscribe(topicOfRun(id), wake), look: async () => void (await look()) });

  async function read({ run, current }: Look, after: number | StepPlace): Promise<Portion> {
    const begins = typeof after === "number";
    const place = begins ? { revision: after, position: Number.MAX_SAFE_INTEGER } : after;
    const rows = await steps.changed(workspace, id, place, portion);
    const changed = rows.length > 0 ? [part({ case: "steps", value: { steps: await steps.describe(rows) } })] : [];
    const end = rows.length < portion ? undefined : rows.at(-1);
    return {
      messages: joined([...(begins ? [run] : []), ...changed, ...(end ? [] : [current])]),
      next: end && { revision: end.revision, position: end.position },
    };
  }

  return {
    look,
    async after(seen: Look): Promise<Look> {
      if (last === seen) await ticks.next();
      return last ?? seen;
    },
    changes(now: Look, after: number | StepPlace): Promise<Portion> {
      const place = typeof after === "number" ? after : `${after.revision}:${after.position}`;
      return portions.get(`${now.revision}:${place}`, () => read(now, after));
    },
    close: ticks.close,
  };
}

type Init = Parameters<typeof create<typeof WatchRunResponseSchema>>[1];
const part = (value: NonNullable<Init>["part"] & {}): WatchRunResponse => forMany(create(WatchRunResponseSchema, { part: value }));
