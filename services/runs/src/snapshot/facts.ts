import { createHash } from "node:crypto";
import type { Snapshot, StepSpec } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { singleFlight } from "@signalbox/runtime/cache/single-flight.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import { LRUCache } from "lru-cache";

const taken = [
  ...(["project", "pipeline", "pipelineName", "stack", "executionMode", "dynamic"] as const),
  ...(["build", "template", "sourceSnapshot", "runnable"] as const),
] as const;

/** What a run takes over of its snapshot. */
export type SnapshotFacts = Pick<Snapshot, (typeof taken)[number]> & {
  /** The registered repository and the commit of its code; empty for none. */
  readonly codeRepository: string;
  readonly codeCommit: string;
  /** With a hash of the code and configuration of each. */
  readonly steps: readonly { readonly name: string; readonly upstream: readonly string[]; readonly doing: string }[];
};

/** Finds the facts of a snapshot, by the UUIDs of workspace and snapshot; undefined where there is none. */
export type FindSnapshot = (workspace: string, snapshot: string, signal?: AbortSignal) => Promise<SnapshotFacts | undefined>;

const doingOf = ({ codeHash, configuration }: StepSpec): string =>
  createHash("sha256")
    .update(`${codeHash}\0${configuration?.text ?? ""}`)
    .digest("base64");

/** Asks registry. Snapshots never change, so as many are remembered as have 100,000 steps together. */
export function snapshotFacts(peers: Peers): FindSnapshot {
  const known = new LRUCache<string, SnapshotFacts>({ maxSize: 100_000, sizeCalculation: ({ steps }) => steps.length + 1 });
  const flights = singleFlight<SnapshotFacts | undefined>();
  return (workspace, snapshot, signal) => {
    const key = `${workspace}/${snapshot}`;
    const found = known.get(key);
    if (found) return Promise.resolve(found);
    const ask = async () => {
      const { snapshots } = await peers(SnapshotService).resolveSnapshots({ workspace, ids: [snapshot] });
      const [answer] = snapshots;
      if (!answer) return undefined;
      const own = Object.fromEntries(taken.map((field) => [field, answer[field]])) as Pick<Snapshot, (typeof taken)[number]>;
      const { codeRepository = "", commit: codeCommit = "" } = answer.code ?? {};
      const steps = answer.steps.map((step) => ({ name: step.name, upstream: step.upstream, doing: doingOf(step) }));
      const facts = { ...own, codeRepository, codeCommit, steps };
      known.set(key, facts);
      return facts;
    };
    return flights(key, ask, signal);
  };
}
