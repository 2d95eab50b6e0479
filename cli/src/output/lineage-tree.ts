import type { CodeReference } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import type { GetLineageResponse, LineageStep } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { versionName } from "./step-facts.ts";
import { type Branch, treeLines } from "./tree.ts";
import { printable } from "./width.ts";

/** The code that a run executed, by the run's id, where it is known. */
export type CodeOf = (run: string) => CodeReference | undefined;

/**
 * What an artifact version was made from, as lines: "weights:1 ← train ←
 * train:1 ← split". Where a step consumed several things, each gets a line
 * below. A step that consumed nothing ends with the code it ran.
 */
export function renderLineage(artifactVersion: string, lineage: GetLineageResponse, codeOf: CodeOf = () => undefined): string[] {
  const names = new Map(lineage.artifacts.map((artifact) => [artifact.artifactVersion, artifact]));
  const producers = producersOf(lineage.steps);
  const seen = new Set<string>();

  const artifactBranch = (id: string): Branch => {
    const artifact = names.get(id);
    const step = producers.get(id);
    const text = printable(artifact?.artifactName ? versionName(artifact) : id);
    return { text, children: step ? [stepBranch(step)] : [] };
  };
  const stepBranch = (step: LineageStep): Branch => {
    const text = printable(step.name);
    if (seen.has(step.id)) return { text: step.inputs.length > 0 ? `${text} (above)` : text, children: [] };
    seen.add(step.id);
    if (step.inputs.length > 0) return { text, children: step.inputs.map(({ artifactVersion: input }) => artifactBranch(input)) };
    return { text: text + codeText(codeOf(step.run)), children: [] };
  };

  const lines = treeLines(artifactBranch(artifactVersion), " ← ");
  return lineage.truncated ? [...lines, "… and more"] : lines;
}

// A cached step names the outputs of the step that computed them, which is the one to show.
function producersOf(steps: readonly LineageStep[]): ReadonlyMap<string, LineageStep> {
  const producers = new Map<string, LineageStep>();
  for (const step of steps) {
    for (const { artifactVersion } of step.outputs) {
      const known = producers.get(artifactVersion);
      if (!known || (known.status === Status.CACHED && step.status !== Status.CACHED)) producers.set(artifactVersion, step);
    }
  }
  return producers;
}

function codeText(code: CodeReference | undefined): string {
  if (!code) return "";
  const commit = code.commit ? `git ${code.commit.slice(0, 7)}${code.dirty ? " with changes" : ""}` : "";
  const facts = [commit, printable(code.path)].filter(Boolean);
  return facts.length > 0 ? ` (${facts.join(", ")})` : "";
}
