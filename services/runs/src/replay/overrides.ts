import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { InputOverride } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { fieldInvalid, notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { onward, type Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { Parts, type RunsTables, type RunTable } from "../tables.ts";
import type { OverrideTable } from "./tables.ts";

/** What the steps of runs are to consume instead, by the run's id in hexadecimal. Costs nothing where none is a replay with such. */
export type ReadOverrides = (
  workspace: Id,
  runs: readonly RunTable[],
) => Promise<ReadonlyMap<string, readonly Omit<InputOverride, "$typeName">[]>>;

export function overrideReader({ db }: Pick<Database<RunsTables>, "db">): ReadOverrides {
  return async (workspace, runs) => {
    const ids = runs.filter(({ parts }) => (parts & Parts.OVERRIDES) !== 0).map(({ id }) => id);
    if (ids.length === 0) return new Map();
    const rows = await db
      .selectFrom("runsOverride")
      .selectAll()
      .where("workspaceId", "=", workspace)
      .where("runId", "in", ids)
      .orderBy("step")
      .orderBy("input")
      .execute();
    const found = rows.map(({ runId, step, input, artifactVersionId }) => ({
      key: runId.toString("hex"),
      override: { step, input, artifactVersion: toUuid(artifactVersionId) },
    }));
    const byRun = Map.groupBy(found, ({ key }) => key);
    return new Map([...byRun].map(([key, some]) => [key, some.map(({ override }) => override)]));
  };
}

interface At {
  readonly workspace: Id;
  readonly project: Id;
  readonly run: Id;
}

/** What is asked to be consumed instead, as rows. Fails with FIELD_INVALID where an input has two, or NOT_FOUND for what is not in the project or not the caller's to read. */
export async function overrideRows(peers: Peers, overrides: readonly InputOverride[], at: At, call: Call): Promise<OverrideTable[]> {
  if (overrides.length === 0) return [];
  const named = new Set(overrides.map(({ step, input }) => JSON.stringify([step, input])));
  if (named.size < overrides.length) throw fieldInvalid("overrides", "names an input of a step twice");
  const ids = [...new Set(overrides.map(({ artifactVersion }) => artifactVersion.toLowerCase()))];
  const { artifactVersions } = await peers(ArtifactVersionService).batchGetArtifactVersions({ ids }, onward(call));
  const known = new Set(artifactVersions.filter(({ project }) => toId(project).equals(at.project)).map(({ id }) => id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown) throw notFound("artifact_version", unknown);
  return overrides.map(({ step, input, artifactVersion }) => ({
    ...{ workspaceId: at.workspace, runId: at.run, step, input, artifactVersionId: toId(artifactVersion) },
  }));
}
