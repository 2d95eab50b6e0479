import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import {
  type GetLineageResponse,
  LineageDirection,
  LineageService,
  type LineageStep,
} from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { type Handle, isHandle } from "./artifacts/handle.ts";
import type { Connection } from "./connection.ts";
import { misuse } from "./errors.ts";
import type { ModelVersion } from "./models.ts";

/** An artifact version, and what it was made from. */
export interface Origin {
  /** The UUID of the artifact version. */
  readonly id: string;
  /** The name of its artifact; empty where it is unknown. */
  readonly name: string;
  readonly version: string;
  readonly uri: string;
  /** The step that made it; undefined where it came from outside, or lies beyond the walk. */
  readonly producer: Producer | undefined;
}

/** A step that made an artifact version. */
export interface Producer {
  readonly step: string;
  /** The UUID and the name of its run. */
  readonly run: string;
  readonly runName: string;
  /** By the names that the step gives them. */
  readonly inputs: Readonly<Record<string, Origin>>;
}

export interface Lineage extends Origin {
  /** Whether there is more than was walked. */
  readonly truncated: boolean;
}

/**
 * What an artifact version was made from: its producer, that one's inputs,
 * their producers, and so on, over at most `maxHops` steps (1 to 50, 10 where
 * absent). Of a model version, the lineage of its first artifact. What the
 * caller may not read is cut out.
 */
export async function readLineage(connection: Connection, of: Handle<unknown> | ModelVersion | string, maxHops = 10): Promise<Lineage> {
  const start = typeof of === "string" ? of : isHandle(of) ? of.id : Object.values(of.artifacts)[0]?.id;
  if (start === undefined) throw misuse("the model version has no artifacts whose lineage could be walked");
  const [walk, { artifactVersion }] = await Promise.all([
    connection.client(LineageService).getLineage({ artifactVersion: start, direction: LineageDirection.UP, maxHops }),
    connection.client(ArtifactVersionService).getArtifactVersion({ artifactVersion: start }),
  ]);
  const known = {
    id: start,
    name: artifactVersion?.artifactName ?? "",
    version: artifactVersion?.version ?? "",
    uri: artifactVersion?.uri ?? "",
  };
  return { ...toOrigin(start, walk), ...known, truncated: walk.truncated };
}

function toOrigin(start: string, { steps, artifacts }: GetLineageResponse): Origin {
  const facts = new Map(artifacts.map((artifact) => [artifact.artifactVersion, artifact]));
  const producers = new Map<string, LineageStep>();
  for (const step of steps) {
    for (const { artifactVersion } of step.outputs) {
      const present = producers.get(artifactVersion);
      // A step that was served by another one names the same outputs: the one that computed them made them.
      if (present?.cachedFrom !== "") producers.set(artifactVersion, step);
    }
  }
  const made = new Map<string, Origin>();
  const build = (id: string): Origin => {
    const present = made.get(id);
    if (present) return present;
    const artifact = facts.get(id);
    const origin: { -readonly [K in keyof Origin]: Origin[K] } = {
      ...{ id, name: artifact?.artifactName ?? "", version: artifact?.version ?? "", uri: artifact?.uri ?? "", producer: undefined },
    };
    made.set(id, origin);
    const step = producers.get(id);
    if (step) {
      const inputs = Object.fromEntries(step.inputs.map(({ name, artifactVersion }) => [name, build(artifactVersion)]));
      origin.producer = { step: step.name, run: step.run, runName: step.runName, inputs };
    }
    return origin;
  };
  return build(start);
}
