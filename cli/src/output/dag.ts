import type { ArtifactVersion } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { type Run, Status, type Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Paint, painter } from "./color.ts";
import { gutters } from "./lanes.ts";
import { closingLine, headline, stepTime } from "./run-tree.ts";
import { hasEnded, markOf } from "./status.ts";
import { outputNames, stepDetail } from "./step-facts.ts";
import { displayWidth, padEnd, printable } from "./width.ts";
import { counted } from "./words.ts";

/** A step of a graph: reported, or still to come. */
export interface DagStep {
  readonly name: string;
  readonly upstream: readonly string[];
  readonly status: Status;
  /** What was reported of it; absent while it is only planned. */
  readonly step?: Step | undefined;
}

export interface DagOptions {
  readonly color?: boolean;
  /** What "now" is for what still goes on, in milliseconds since 1970. */
  readonly now?: number;
  /** How many lines there is room for; as many as it takes where absent. */
  readonly height?: number;
}

/** A line of the drawing: a step, or steps of one place in the graph that stand alike. */
interface Row {
  readonly steps: readonly DagStep[];
  readonly upstream: readonly string[];
}

/**
 * A run as a graph for people: its name, a line for each step with what leads to it and on from it, how it stands, how long
 * it took and which attempt it is, and a closing line. Steps stand in the order given, each after those before it. Where there is no room for
 * all, steps of one place that are done, or wait, share a line; then those around what happens now are drawn and the others counted.
 */
export function renderDag(
  run: Run,
  steps: readonly DagStep[],
  artifacts: readonly ArtifactVersion[],
  { color = false, now = Date.now(), height = Number.POSITIVE_INFINITY }: DagOptions = {},
): string[] {
  const paint = painter(color);
  const versions = new Map(artifacts.map((version) => [version.id, version]));
  const room = Math.max(3, height - 2);
  const rows = steps.length > room ? foldedRows(steps) : steps.map((step): Row => ({ steps: [step], upstream: step.upstream }));
  const drawn = gutters(rows.map(({ steps: [first], upstream }) => ({ name: first?.name ?? "", upstream })));
  const gutterWidth = Math.max(0, ...drawn.map(({ before, after }) => before.length + after.length));
  const [start, end] = windowOf(rows, room);
  const cells = rows.slice(start, end).map((row) => cellsOf(row, versions, now));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((each) => displayWidth(each[column] ?? ""))));
  const lines = cells.map((each, i) => {
    const row = rows[start + i] as Row;
    const { before, after } = drawn[start + i] as (typeof drawn)[number];
    const { sign, tone } = markOf((row.steps[0] as DagStep).status);
    const gap = " ".repeat(gutterWidth - before.length - after.length + 1);
    const [name = "", time = "", detail = "", outputs = ""] = each.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < 3 && width > 0 ? `${padEnd(cell, width)}   ` : cell;
    });
    const isIdle = row.steps.every(({ step }) => !step);
    const told = `${isIdle ? paint("faint", name) : name}${paint("faint", time)}${detail}${outputs}`;
    return `  ${paint("faint", before)}${paint(tone, sign)}${paint("faint", after)}${gap}${told}`.trimEnd();
  });
  return [
    headline(run, paint),
    ...countLine(rows.slice(0, start), paint),
    ...lines,
    ...countLine(rows.slice(end), paint),
    closingLine(run, now, paint),
  ];
}

const isDone = (status: Status): boolean => status === Status.COMPLETED || status === Status.CACHED || status === Status.SKIPPED;
const isWaiting = ({ status, step }: DagStep): boolean => !step || (!hasEnded(status) && !step.startTime);

/** Steps that have the same before and after them share a row where they are done or wait; what is at work or failed has its own. */
function foldedRows(steps: readonly DagStep[]): Row[] {
  const followers = new Map<string, string[]>();
  for (const { name, upstream } of steps) {
    for (const before of upstream) {
      const known = followers.get(before);
      if (known) known.push(name);
      else followers.set(before, [name]);
    }
  }
  const keyOf = (each: DagStep) => {
    const standing = isDone(each.status) ? "done" : isWaiting(each) ? "waiting" : each.name;
    return JSON.stringify([standing, [...each.upstream].sort(), followers.get(each.name) ?? []]);
  };
  const groups = [...Map.groupBy(steps, keyOf).values()];
  const rowOf = new Map(groups.flatMap((group) => group.map(({ name }) => [name, group[0]?.name ?? ""])));
  return groups.map((group) => ({
    steps: group,
    upstream: [...new Set((group[0]?.upstream ?? []).flatMap((before) => rowOf.get(before) ?? []))],
  }));
}

/** Which rows are drawn: all, or those around the first that is not done, less a line on either side that counts the rest. */
function windowOf(rows: readonly Row[], room: number): readonly [start: number, end: number] {
  if (rows.length <= room) return [0, rows.length];
  const size = Math.max(1, room - 2);
  const next = rows.findIndex(({ steps }) => steps.some(({ status }) => !isDone(status)));
  const start = Math.min(Math.max(0, (next < 0 ? rows.length : next) - Math.floor(size / 4)), rows.length - size);
  return [start, start + size];
}

function cellsOf({ steps }: Row, versions: ReadonlyMap<string, ArtifactVersion>, now: number): readonly string[] {
  const [first, ...others] = steps as [DagStep, ...DagStep[]];
  const last = others.at(-1);
  if (last) return [`${printable(first.name)} … ${printable(last.name)}`, "", counted(steps.length, "step"), ""];
  const { step } = first;
  if (!step) return [printable(first.name), "", "", ""];
  const failed = step.status === Status.FAILED && step.exception;
  const why = failed ? printable(`${failed.type}: ${failed.message.split("\n")[0]}`) : "";
  return [
    printable(step.name),
    stepTime(step, now),
    [stepDetail(step, () => undefined), why].filter(Boolean).join("  "),
    outputNames(step, versions),
  ];
}

/** How many steps are not drawn, and how they stand. */
function countLine(rows: readonly Row[], paint: Paint): string[] {
  if (rows.length === 0) return [];
  const signs = Map.groupBy(
    rows.flatMap(({ steps }) => steps),
    ({ status }) => markOf(status).sign,
  );
  const counts = [...signs.values()].map((some) => {
    const { sign, tone } = markOf((some[0] as DagStep).status);
    return `${paint(tone, sign)} ${some.length}`;
  });
  return [`  ${paint("faint", "⋮")} ${counts.join("  ")}`];
}
