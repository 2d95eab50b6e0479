import type { ArtifactVersion } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { type Run, Status, type Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService, type WatchRunResponse, WatchRunResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Context, jsonLine } from "../context.ts";
import { toFailure } from "../failure.ts";
import { type DagStep, renderDag } from "../output/dag.ts";
import { liveArea } from "../output/live.ts";
import { renderRun } from "../output/run-tree.ts";
import { hasEnded } from "../output/status.ts";
import { findRun } from "./find-run.ts";
import { follow } from "./follow.ts";
import { readPoints, readVersions } from "./read-run.ts";
import { plainStory } from "./run-story.ts";

/** What is known of a run while it is watched. */
export interface WatchedRun {
  run: Run;
  readonly steps: Map<string, Step>;
  readonly versions: Map<string, ArtifactVersion>;
  /** The names of the steps before each, in the order in which they can be drawn: those to come among them. */
  upstream: Map<string, readonly string[]>;
  /** Whether the graph is too large to be read. */
  large: boolean;
}

/** Shows a watched run whenever it changed, and at the end. */
interface Display {
  /** Whether it shows the graph. */
  readonly draws: boolean;
  readonly changed: (watched: WatchedRun) => void;
  readonly done: (watched: WatchedRun) => Promise<void>;
  /** Says something about the watch itself. */
  readonly tell: (line: string) => void;
  readonly close: () => void;
}

/** Follows a run until it has ended, and gives it as it is then. */
export async function watchRun(context: Context, name: string): Promise<Run> {
  const connection = context.connect();
  const watched: WatchedRun = {
    run: await findRun(context, name),
    steps: new Map(),
    versions: new Map(),
    upstream: new Map(),
    large: false,
  };
  const display = context.options.json ? silent(context) : context.terminal.stdout.isTTY ? onTerminal(context) : inLines(context);
  let revision = 0n;
  try {
    await follow<WatchRunResponse>({
      open: (signal) => connection.client(RunService).watchRun({ run: watched.run.id, afterRevision: revision }, { timeoutMs: 0, signal }),
      tell: display.tell,
      take: async (response) => {
        if (context.options.json) context.print(jsonLine(WatchRunResponseSchema, response));
        const { part } = response;
        takePart(watched, part);
        if (part.case === "steps") await nameOutputs(context, watched);
        if (part.case !== "current") return false;
        revision = part.value;
        if (display.draws) await readGraph(context, watched);
        display.changed(watched);
        return hasEnded(watched.run.status) && !watched.run.inProgress;
      },
    });
    await display.done(watched);
  } finally {
    display.close();
  }
  return watched.run;
}

function takePart(watched: WatchedRun, part: WatchRunResponse["part"]): void {
  if (part.case === "resync") watched.steps.clear();
  if (part.case === "run") watched.run = part.value;
  if (part.case !== "steps") return;
  for (const step of part.value.steps) {
    const known = watched.steps.get(step.name);
    // Attempts that were replaced are sent, too; the latest one is shown.
    if (!known || known.attempt <= step.attempt) watched.steps.set(step.name, step);
  }
}

async function nameOutputs(context: Context, { steps, versions }: WatchedRun): Promise<void> {
  const ids = [...steps.values()].flatMap(({ outputs }) => outputs.map(({ artifactVersion }) => artifactVersion));
  const missing = ids.filter((id) => !versions.has(id));
  if (missing.length === 0 || context.options.json) return;
  for (const version of await readVersions(context.connect(), missing)) versions.set(version.id, version);
}

/** Reads the graph where there are steps that were not heard of. Of one that is too large, what was reported is drawn. */
async function readGraph(context: Context, watched: WatchedRun): Promise<void> {
  const { run, steps, upstream } = watched;
  for (const step of steps.values()) if (!upstream.has(step.name)) upstream.set(step.name, step.upstream);
  if (!run.steps || run.steps.total <= upstream.size || watched.large) return;
  try {
    const graph = await context.connect().client(RunService).getRunGraph({ run: run.id });
    watched.upstream = new Map([...graph.steps.map(({ name, upstream: before }) => [name, before] as const), ...upstream]);
  } catch (error) {
    if (toFailure(error).reason !== "TOO_MANY_MATCHES") throw error;
    watched.large = true;
  }
}

const silent = ({ note }: Context): Display => ({
  draws: false,
  changed: () => undefined,
  done: async () => undefined,
  tell: note,
  close: () => undefined,
});

const redrawMs = 500;

/** The run as a graph, drawn again as it changes and as time passes; what it came to is a list, for a terminal scrolls. */
function onTerminal(context: Context): Display {
  const area = liveArea(context.terminal.stdout);
  let shown: WatchedRun | undefined;
  const { stdout } = context.terminal;
  const draw = () => {
    if (!shown) return;
    const { run, steps, versions, upstream } = shown;
    const over = hasEnded(run.status) && !run.inProgress;
    const nodes = [...upstream].map(([name, before]): DagStep => {
      const step = steps.get(name);
      return { name, upstream: before, status: step?.status ?? (over ? Status.SKIPPED : Status.INITIALIZING), step };
    });
    const height = (stdout.rows ?? 24) - 1;
    area.update(renderDag(run, nodes, [...versions.values()], { color: context.colored, now: context.now(), height }));
  };
  const timer = setInterval(draw, redrawMs);
  stdout.on?.("resize", draw);
  const stop = () => {
    clearInterval(timer);
    stdout.off?.("resize", draw);
  };
  return {
    draws: true,
    changed(watched) {
      shown = watched;
      draw();
    },
    async done({ run, steps, versions }) {
      stop();
      const points = await readPoints(context.connect(), run, [...steps.values()]);
      area.update([]);
      context.print(...renderRun(run, [...steps.values()], [...versions.values()], { color: context.colored, now: context.now(), points }));
    },
    tell: (line) => area.keep([line]),
    close: stop,
  };
}

/** A line for each change, for logs and pipes. */
function inLines(context: Context): Display {
  const story = plainStory(context.paint, context.now);
  return {
    draws: false,
    changed: (watched) => context.print(...story(watched)),
    done: async () => undefined,
    tell: context.note,
    close: () => undefined,
  };
}
