import { createHash } from "node:crypto";
import type { Snapshot, StepSpec } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { singleFlight } from "@signalbox/runtime/cache/single-flight.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import { LRUCache } from "lru-cache";

/** What a run takes over of its snapshot. */
export type SnapshotFacts = Pick<Snapshot, "project" | "pipeline" | "pipelineName" | "stack" | "executionMode" | "dynamic"> & {
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
      const { project, pipeline, pipelineName, stack, executionMode, dynamic } = answer;
      const steps = answer.steps.map((step) => ({ name: step.name, upstream: step.upstream, doing: doingOf(step) }));
      const facts = { project, pipeline, pipelineName, stack, executionMode, dynamic, steps };
      known.set(key, facts);
      return facts;
    };
    return flights(key, ask, signal);
  };
}
