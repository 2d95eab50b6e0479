import { create } from "@bufbuild/protobuf";
import { type Run, RunSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Context } from "../context.ts";
import { CommandError, toFailure } from "../failure.ts";
import { projectOf } from "../project.ts";

/** The run that a name or id stands for. Fails with NOT_FOUND in the words of the project, and a hint where to look. */
export async function findRun(context: Context, reference: string): Promise<Run> {
  const project = await projectOf(context, reference);
  return withRunHint(project, reference, async () => {
    const { client } = context.connect();
    const { run } = await client(RunService).getRun({ run: reference, project });
    return run ?? create(RunSchema);
  });
}

/** Does something with a run, and says where to look if there is none of that name. */
export async function withRunHint<T>(project: string, reference: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = toFailure(error);
    const { type = "run" } = failure.metadata;
    if (failure.reason !== "NOT_FOUND" || type !== "run" || project === "") throw error;
    throw new CommandError({
      ...failure,
      message: `project ${project} has no run "${reference}", or you may not see it`,
      hints: [`npx signalbox runs list --filter 'name = "${beginning(reference)}*"'`],
    });
  }
}

function beginning(name: string): string {
  const letters = [...name.replaceAll(/["'\\*]/g, "")];
  return letters.slice(0, Math.max(2, Math.ceil(letters.length / 2))).join("");
}
