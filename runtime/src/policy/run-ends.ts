import { setImmediate as nextTurn } from "node:timers/promises";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type RunState, RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { LRUCache } from "lru-cache";
import { SignalboxError } from "../errors.ts";
import type { Peers } from "../peers/peers.ts";

/** Knows which runs have ended, so that their tokens can be refused. */
export interface RunEnds {
  /** Whether tokens of a run are still good: it has not ended, or not longer ago than the grace. Answers at once where that is known. */
  accepts(workspace: string, run: string): boolean | Promise<boolean>;
}

interface Known {
  readonly exists: boolean;
  readonly endedAtMs: number | undefined;
  readonly askedAtMs: number;
}

// Late reports of a run that has ended are taken for so long.
const runTokenGraceMs = 60 * 60 * 1000;
// How old an answer may be, and how old while runs cannot be asked.
const freshMs = 900;
const staleMs = 5 * 60 * 1000;

/** Asks runs, about many at once, and about each hardly more than once a second. A run that has ended never goes on, so that is remembered for good. */
export function runEnds(peers: Peers, now: () => number = Date.now): RunEnds {
  const known = new LRUCache<string, Known>({ max: 50_000 });
  const asking = new Map<string, Promise<Known>>();
  const waiting = new Map<string, Set<string>>();
  const gathered = new Map<string, Promise<ReadonlyMap<string, RunState>>>();

  /** The states of the runs of a workspace that are asked about in this turn of the event loop, by run. */
  function statesWith(workspace: string, run: string): Promise<ReadonlyMap<string, RunState>> {
    const others = waiting.get(workspace);
    if (others) others.add(run);
    else waiting.set(workspace, new Set([run]));
    let answer = gathered.get(workspace);
    if (!answer) {
      answer = nextTurn().then(async () => {
        const runs = [...(waiting.get(workspace) ?? [])];
        waiting.delete(workspace);
        gathered.delete(workspace);
        const { states } = await peers(RunStateService).batchGetRunStates({ workspace, runs });
        return new Map(states.map((state) => [state.run, state]));
      });
      gathered.set(workspace, answer);
    }
    return answer;
  }

  async function ask(workspace: string, run: string, key: string): Promise<Known> {
    const last = known.get(key);
    try {
      const state = (await statesWith(workspace, run)).get(run.toLowerCase());
      const answer = { exists: state !== undefined, endedAtMs: state?.endTime && timestampMs(state.endTime), askedAtMs: now() };
      known.set(key, answer);
      return answer;
    } catch (failure) {
      if (last && now() - last.askedAtMs < staleMs) return last;
      throw new SignalboxError(Reason.UNAVAILABLE, "the run of this token cannot be looked up now", {
        retryAfterMs: 1_000,
        cause: failure,
      });
    }
  }

  const isGood = ({ exists, endedAtMs }: Known) => exists && (endedAtMs === undefined || now() - endedAtMs < runTokenGraceMs);

  return {
    accepts(workspace, run) {
      const key = `${workspace}/${run}`;
      const state = known.get(key);
      if (state && (state.endedAtMs !== undefined || now() - state.askedAtMs <= freshMs)) return isGood(state);
      let answer = asking.get(key);
      if (!answer) {
        answer = ask(workspace, run, key).finally(() => asking.delete(key));
        asking.set(key, answer);
      }
      return answer.then(isGood);
    },
  };
}
