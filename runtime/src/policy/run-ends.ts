import { setImmediate as nextTurn } from "node:timers/promises";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type RunState, RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { LRUCache } from "lru-cache";
import { SignalboxError } from "../errors.ts";
import type { Peers } from "../peers/peers.ts";

/** Whether a token of a run is still good: not where the run ended longer ago than the grace, nor where it was resumed since. */
export type TokenStanding = "good" | "over" | "stale";

/** Knows which runs have ended or were resumed, so that their tokens can be refused. */
export interface RunEnds {
  /** How a token stands that was issued for a generation of a run. Answers at once where that is known. */
  standing(workspace: string, run: string, generation: number): TokenStanding | Promise<TokenStanding>;
}

interface Known {
  readonly exists: boolean;
  readonly generation: number;
  readonly endedAtMs: number | undefined;
  readonly askedAtMs: number;
}

// Late reports of a run that has ended are taken for so long.
const runTokenGraceMs = 60 * 60 * 1000;
// How old an answer may be, and how old while runs cannot be asked.
const freshMs = 900;
const staleMs = 5 * 60 * 1000;

/** Asks runs, about many at once, and about each hardly more than once a second. What can not become good again is remembered for good. */
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
      const answer = {
        exists: state !== undefined,
        generation: state?.generation || 1,
        endedAtMs: state?.endTime && timestampMs(state.endTime),
        askedAtMs: now(),
      };
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

  function standingOf({ exists, generation: present, endedAtMs }: Known, generation: number): TokenStanding {
    if (exists && present > generation) return "stale";
    // It was issued after the look: the run was resumed meanwhile.
    if (exists && present < generation) return "good";
    return exists && (endedAtMs === undefined || now() - endedAtMs < runTokenGraceMs) ? "good" : "over";
  }

  /** Whether nothing that is still to come can change the answer: not a token of a generation that was not heard of yet. */
  const isFinal = (state: Known, generation: number) =>
    state.exists && generation <= state.generation && standingOf(state, generation) !== "good";

  return {
    standing(workspace, run, generation) {
      const key = `${workspace}/${run}`;
      const state = known.get(key);
      const isFresh = state !== undefined && now() - state.askedAtMs <= freshMs && generation <= state.generation;
      if (state && (isFresh || isFinal(state, generation))) return standingOf(state, generation);
      let answer = asking.get(key);
      if (!answer) {
        answer = ask(workspace, run, key).finally(() => asking.delete(key));
        asking.set(key, answer);
      }
      return answer.then((found) => standingOf(found, generation));
    },
  };
}
