import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
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
const freshMs = 500;
const staleMs = 5 * 60 * 1000;

/** Asks runs, at most twice a second for each run. A run that has ended never goes on, so that is remembered for good. */
export function runEnds(peers: Peers, now: () => number = Date.now): RunEnds {
  const known = new LRUCache<string, Known>({ max: 50_000 });
  const asking = new Map<string, Promise<Known>>();

  async function ask(workspace: string, run: string, key: string): Promise<Known> {
    const last = known.get(key);
    try {
      const { states } = await peers(RunStateService).batchGetRunStates({ workspace, runs: [run] });
      const [state] = states;
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
