import type { CreateRunRequest } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { fieldInvalid, notFound } from "@signalbox/runtime/errors.ts";
import { type Id, noId, toId } from "@signalbox/runtime/ids.ts";
import { runEnded } from "../report/refusal.ts";
import { Stopping } from "../status/derive.ts";
import type { RunTable } from "../tables.ts";
import type { RunStore } from "./store.ts";

/** Where a run lies among others. */
export type Nesting = Pick<RunTable, "parentRunId" | "childKey" | "rootRunId" | "nested" | "originalRunId">;

interface At {
  readonly workspace: Id;
  readonly project: Id;
}

/** Which run of its parent is asked for; undefined for none. Fails with FIELD_INVALID where only half of it is said. */
export function childIn({ parentRun, childKey }: CreateRunRequest): { readonly parent: Id; readonly key: string } | undefined {
  if ((parentRun === "") !== (childKey === "")) {
    throw fieldInvalid(
      parentRun === "" ? "parent_run" : "child_key",
      "is missing: parent_run and child_key are set together or not at all",
    );
  }
  return parentRun === "" ? undefined : { parent: toId(parentRun), key: childKey };
}

/** The run that its parent calls so, if there is one. Fails with NOT_FOUND where it is of another project. */
export async function findChild(runs: RunStore, request: CreateRunRequest, { workspace, project }: At): Promise<RunTable | undefined> {
  const child = childIn(request);
  const found = child && (await runs.child(workspace, child.parent, child.key));
  if (found && !found.projectId.equals(project)) throw notFound("run", request.parentRun);
  return found;
}

/** Where a new run is to lie. Fails with NOT_FOUND, or with RUN_ENDED where its parent starts nothing any more. */
export async function nestingOf(runs: RunStore, request: CreateRunRequest, id: Id, { workspace, project }: At): Promise<Nesting> {
  const seek = async (run: string) => {
    const found = await runs.find(workspace, toId(run));
    if (!found?.projectId.equals(project)) throw notFound("run", run);
    return found;
  };
  const child = childIn(request);
  const [parent, original] = await Promise.all([
    child && seek(request.parentRun),
    request.originalRun === "" ? undefined : seek(request.originalRun),
  ]);
  if (parent) requireStarting(parent);
  return {
    parentRunId: parent?.id ?? noId,
    childKey: child?.key ?? "",
    rootRunId: parent?.rootRunId ?? id,
    nested: Number(parent !== undefined),
    originalRunId: original?.id ?? noId,
  };
}

/** Fails with NOT_FOUND where the step that starts a run is not of the project, or of another run than the parent. */
export async function requireStarter(
  runs: RunStore,
  { parentStep, parentRun }: CreateRunRequest,
  { workspace, project }: At,
): Promise<void> {
  if (parentStep === "") return;
  const step = await runs.stepPlace(workspace, toId(parentStep));
  const isHere = step?.projectId.equals(project) && (parentRun === "" || step.runId.equals(toId(parentRun)));
  if (!isHere) throw notFound("step", parentStep);
}

/** Fails with RUN_ENDED where a run starts no others any more. */
export function requireStarting({ inProgress, stopping }: Pick<RunTable, "inProgress" | "stopping">): void {
  if (inProgress === 0) throw runEnded("the parent has ended, so it starts no more runs");
  if (stopping !== Stopping.NO) throw runEnded("the parent was asked to stop, so it starts no more runs");
}
