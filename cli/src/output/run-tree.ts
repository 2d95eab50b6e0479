import type { ArtifactVersion } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { type Run, Status, type Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Paint, painter } from "./color.ts";
import { hasEnded, markOf, statusWord } from "./status.ts";
import { outputNames, outputSize, type Points, stepDetail } from "./step-facts.ts";
import { took } from "./time.ts";
import { displayWidth, padEnd, printable } from "./width.ts";
import { counted } from "./words.ts";

/** How a run is rendered. */
export interface RunTreeOptions {
  /** Whether lines carry colours. */
  readonly color?: boolean;
  /** What "now" is for what still goes on, in milliseconds since 1970. */
  readonly now?: number;
  /** The values of metrics to draw; without them a metric is its last value. */
  readonly points?: Points;
}

/**
 * A run as lines for people: its name, a line for each step with what became
 * of it, how long it took, what it reported and produced, and a closing line.
 * Steps stand in the order given; artifact versions that are not given are
 * named as the step names them.
 */
export function renderRun(
  run: Run,
  steps: readonly Step[],
  artifacts: readonly ArtifactVersion[],
  { color = false, now = Date.now(), points = () => undefined }: RunTreeOptions = {},
): string[] {
  const paint = painter(color);
  const versions = new Map(artifacts.map((version) => [version.id, version]));
  const rows = steps.map((step) => {
    const [size, digest] = outputSize(step, versions);
    return {
      step,
      cells: [printable(step.name), stepTime(step, now), stepDetail(step, points), outputNames(step, versions), size, digest],
    };
  });
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(0, ...rows.map(({ cells }) => displayWidth(cells[column] ?? ""))));
  const unseen = run.steps && !hasEnded(run.status) ? run.steps.total - new Set(steps.map(({ name }) => name)).size : 0;
  return [
    headline(run, paint),
    ...facts(run, paint),
    ...rows.flatMap(({ step, cells }) => [stepLine(step, cells, widths, paint), ...exceptionLines(step, paint)]),
    ...(unseen > 0 ? [paint("faint", `  ○ ${counted(unseen, "more step")} to come`)] : []),
    ...failureLines(run, steps, paint),
    closingLine(run, now, paint),
  ];
}

/** Where its code is, what it was started from and what it works for, as far as that is known. */
function facts({ codeCommit, template, modelVersion, outputs }: Run, paint: Paint): string[] {
  const known = {
    code: codeCommit && `commit ${codeCommit.slice(0, 12)}`,
    template,
    "model version": modelVersion,
    outputs: outputs.map(({ name }) => name).join(", "),
  };
  return Object.entries(known).flatMap(([what, value]) => (value ? [paint("faint", `  ${what}: ${printable(value)}`)] : []));
}

/** What the run failed with, where no step tells the same. */
function failureLines({ status, exception }: Run, steps: readonly Step[], paint: Paint): readonly string[] {
  const isTold = steps.some((step) => step.exception?.message === exception?.message && step.exception?.type === exception?.type);
  return isTold ? [] : exceptionLines({ status, exception }, paint);
}

export function headline(run: Run, paint: Paint): string {
  const name = paint("strong", printable(run.name));
  return run.pipelineName ? `${printable(run.pipelineName)} · run ${name}` : `run ${name}`;
}

export function stepTime(step: Step, now: number): string {
  if (step.status === Status.CACHED || step.status === Status.SKIPPED) return "";
  return took(step.startTime, step.endTime, now);
}

function stepLine(step: Step, cells: readonly string[], widths: readonly number[], paint: Paint): string {
  const { sign, tone } = markOf(step.status);
  const gaps = ["   ", "   ", "   ", "  ", "  ", ""];
  const columns = cells.map((cell, column) => padEnd(cell, widths[column] ?? 0) + (widths[column] ? gaps[column] : ""));
  const [name = "", time = "", detail = "", outputs = "", ...sizes] = columns;
  return `  ${paint(tone, sign)} ${name}${paint("faint", time)}${detail}${outputs}${paint("faint", sizes.join("").trimEnd())}`.trimEnd();
}

function exceptionLines({ status, exception }: Pick<Step, "status" | "exception">, paint: Paint): readonly string[] {
  if (!exception || status !== Status.FAILED) return [];
  const [first = ""] = exception.message.split("\n");
  return [`      ${paint("bad", printable([exception.type, first].filter(Boolean).join(": ")))}`];
}

const endings: Readonly<Record<number, string>> = {
  [Status.COMPLETED]: "in",
  [Status.FAILED]: "after",
  [Status.STOPPED]: "after",
};

export function closingLine(run: Run, now: number, paint: Paint): string {
  const status = paint(markOf(run.status).tone, statusWord(run.status));
  const time = took(run.startTime, run.endTime, now);
  const facts = [time ? `${status} ${endings[run.status] ?? "for"} ${time}` : status, ...stepFacts(run)];
  return facts.join(" · ") + (run.statusReason ? paint("faint", ` (${printable(run.statusReason)})`) : "");
}

function stepFacts({ steps, status }: Run): readonly string[] {
  if (!steps) return [];
  const done = steps.completed + steps.cached;
  const all = status === Status.COMPLETED && done === steps.total ? counted(done, "step") : `${done}/${counted(steps.total, "step")}`;
  return [
    all,
    `${steps.cached} cached`,
    ...(["failed", "skipped", "stopped"] as const).flatMap((kind) => (steps[kind] ? [`${steps[kind]} ${kind}`] : [])),
  ];
}
