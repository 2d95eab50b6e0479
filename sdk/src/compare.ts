import { Aspect as AspectNumber, ComparisonService } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import type { Connection } from "./connection.ts";
import { fromValue, type MetadataValue } from "./metadata.ts";

const aspects = {
  run: AspectNumber.RUN,
  parameters: AspectNumber.PARAMETERS,
  configuration: AspectNumber.CONFIGURATION,
  code: AspectNumber.CODE,
  data: AspectNumber.DATA,
  environment: AspectNumber.ENVIRONMENT,
  packages: AspectNumber.PACKAGES,
  metadata: AspectNumber.METADATA,
  metrics: AspectNumber.METRICS,
  steps: AspectNumber.STEPS,
  artifacts: AspectNumber.ARTIFACTS,
} as const;

/** What runs are compared by. */
export type Aspect = keyof typeof aspects;

/** Something that is not the same in all runs. */
export interface Difference {
  readonly aspect: Aspect;
  /** Absent for the run as a whole. */
  readonly step?: string;
  /** Of a document the place, as a JSON pointer; else a name. */
  readonly path: string;
  /** In the order of the runs; undefined where one has none. Artifact versions are told as "weights:3". */
  readonly values: readonly (MetadataValue | undefined)[];
}

export interface Comparison {
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  readonly differences: readonly Difference[];
  /** Whether there is more than an answer holds. */
  readonly truncated: boolean;
}

export interface CompareRuns {
  readonly project?: string | undefined;
  /** Everything where absent. */
  readonly aspects?: readonly Aspect[];
}

/** Sets 2 to 20 runs beside each other, by id or by name with their project, and tells what differs. */
export async function compareRuns(
  connection: Connection,
  runs: readonly string[],
  { project = "", aspects: wanted = [] }: CompareRuns,
): Promise<Comparison> {
  const request = { runs: [...runs], project, aspects: wanted.map((aspect) => aspects[aspect]) };
  const answer = await connection.client(ComparisonService).compareRuns(request);
  const names = new Map(Object.entries(aspects).map(([name, number]) => [number as number, name as Aspect]));
  return {
    runs: answer.runs.map(({ id, name }) => ({ id, name })),
    truncated: answer.truncated,
    differences: answer.differences.flatMap(({ aspect, step, path, values }) => {
      const name = names.get(aspect);
      // Of a newer server.
      if (!name) return [];
      return [{ aspect: name, ...(step && { step }), path, values: values.map(({ value }) => value && fromValue(value)) }];
    }),
  };
}
