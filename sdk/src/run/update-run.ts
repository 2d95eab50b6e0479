import type { Run as RunRecord } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { assertJson } from "../canonical.ts";
import type { Connection } from "../connection.ts";
import { misuse } from "../errors.ts";

/** What is told of a run as a whole; what is absent stays as it is. */
export interface AboutRun {
  /** The UUID of the model version that it works for. */
  readonly modelVersion?: string;
  /** What its orchestrator runs in: versions, packages, operating system; JSON. */
  readonly orchestratorEnvironment?: unknown;
}

export interface UpdateRun extends AboutRun {
  /** The run is failed when nothing was heard of it for so long, 5 to 86,400; 0 for never. */
  readonly heartbeatSeconds?: number;
}

/** The same as requests have it. */
export function aboutFields({ modelVersion, orchestratorEnvironment: environment }: AboutRun) {
  if (environment !== undefined) assertJson(environment, "orchestratorEnvironment");
  return {
    ...(modelVersion !== undefined && { modelVersion }),
    ...(environment !== undefined && { orchestratorEnvironment: { text: JSON.stringify(environment) } }),
  };
}

/** Fails with MISUSE for a time that no run has. */
export function heartbeatTimeout(seconds: number) {
  if (seconds !== 0 && !(seconds >= 5 && seconds <= 86_400))
    throw misuse(`heartbeatSeconds is ${seconds}; it takes 5 to 86,400, or 0 for never`);
  return seconds > 0 ? { heartbeatTimeout: { seconds: BigInt(Math.round(seconds)) } } : {};
}

/** Changes what is known of a run beside its steps. */
export async function updateRun(connection: Connection, run: string, { heartbeatSeconds, ...about }: UpdateRun): Promise<RunRecord> {
  const fields = { ...aboutFields(about), ...(heartbeatSeconds !== undefined && heartbeatTimeout(heartbeatSeconds)) };
  const paths = [
    ...(about.modelVersion === undefined ? [] : ["model_version"]),
    ...(about.orchestratorEnvironment === undefined ? [] : ["orchestrator_environment"]),
    ...(heartbeatSeconds === undefined ? [] : ["heartbeat_timeout"]),
  ];
  if (paths.length === 0) throw misuse("nothing of the run is to change");
  const { run: record } = await connection.client(RunService).updateRun({ run, ...fields, updateMask: { paths } });
  if (!record) throw misuse("the server changed a run without telling of it");
  return record;
}
