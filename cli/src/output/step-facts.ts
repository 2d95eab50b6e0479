import type { ArtifactVersion } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { type MetricSummary, Status, type Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { brief, spark } from "./spark.ts";
import { bytes } from "./time.ts";
import { printable } from "./width.ts";
import { valueText } from "./words.ts";

/** The values of a metric of a step in the order of their index, where they were read. */
export type Points = (step: string, metric: string) => readonly number[] | undefined;

/** A step's own text about itself; it stands for all its other metadata. */
const summaryKey = "summary";
const mostFacts = 3;

/** What a step is worth saying about on its line: where it was cached from, or its metadata and metrics. */
export function stepDetail(step: Step, points: Points): string {
  if (step.status === Status.CACHED) return step.cachedFromRun ? `cached from ${printable(step.cachedFromRun)}` : "cached";
  const retried = step.attempt > 1 ? [`attempt ${step.attempt}`] : [];
  const facts = [...retried, ...metadataFacts(step), ...firstOf(step.metrics.map((metric) => metricFact(step, metric, points)))];
  if (facts.length === 0 && step.statusReason) return printable(step.statusReason);
  return facts.join("  ");
}

function metadataFacts(step: Step): readonly string[] {
  const summary = step.metadata[summaryKey];
  if (summary) return [valueText(summary)];
  return firstOf(Object.entries(step.metadata).map(([key, value]) => `${printable(key)} ${valueText(value)}`));
}

function metricFact(step: Step, metric: MetricSummary, points: Points): string {
  const values = points(step.name, metric.name) ?? [];
  const line = values.length > 1 ? `${spark(values)} ` : "";
  return `${printable(metric.name)} ${line}${brief(metric.last)}`;
}

function firstOf(facts: readonly string[]): readonly string[] {
  return facts.length > mostFacts ? [...facts.slice(0, mostFacts), `+${facts.length - mostFacts} more`] : facts;
}

/** What a step produced: "→ train:1, test:1". */
export function outputNames(step: Step, versions: ReadonlyMap<string, ArtifactVersion>): string {
  if (step.outputs.length === 0) return "";
  const names = step.outputs.map(({ name, artifactVersion }) => {
    const version = versions.get(artifactVersion);
    return printable(version ? versionName(version) : name);
  });
  return `→ ${names.join(", ")}`;
}

/** An artifact version as people name it: "penguins:1". */
export const versionName = ({ artifactName, version }: { readonly artifactName: string; readonly version: string }): string =>
  `${artifactName}:${version}`;

/** The size and digest of what a step produced, where that is one thing: ["67 kB", "sha256:3fa94c…"]. */
export function outputSize(step: Step, versions: ReadonlyMap<string, ArtifactVersion>): readonly [size: string, digest: string] {
  const [only, ...others] = step.outputs;
  const version = only && others.length === 0 ? versions.get(only.artifactVersion) : undefined;
  if (!version) return ["", ""];
  return [version.sizeBytes === undefined ? "" : bytes(version.sizeBytes), shortDigest(version.digest)];
}

/** A digest by its first six digits: "sha256:3fa94c…". */
export function shortDigest(digest: string): string {
  const [algorithm, digits] = digest.split(":");
  return digits ? `${algorithm}:${digits.slice(0, 6)}…` : "";
}
