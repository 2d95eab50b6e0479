import type { Run } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService, type WatchRunsResponse, WatchRunsResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Context, jsonLine } from "../context.ts";
import { liveArea } from "../output/live.ts";
import { hasEnded, markOf, statusWord } from "../output/status.ts";
import { took } from "../output/time.ts";
import { padEnd, printable } from "../output/width.ts";
import { namedProject } from "../project.ts";
import { follow } from "./follow.ts";
import { stepCount } from "./runs-list.ts";

const redrawMs = 500;
const nameWidth = 20;

/** Follows the runs that one may see, until it is interrupted. */
export async function watchRuns(context: Context): Promise<void> {
  const { client } = context.connect();
  const project = namedProject(context);
  const board = context.options.json ? undefined : runBoard(context);
  let cursor = "";
  try {
    await follow<WatchRunsResponse>({
      open: (signal) => client(RunService).watchRuns({ project, cursor }, { timeoutMs: 0, signal }),
      tell: board?.tell ?? context.note,
      take: async (response) => {
        if (context.options.json) {
          if (response.runs.length > 0 || response.resync) context.print(jsonLine(WatchRunsResponseSchema, response));
        } else if (cursor === "" || response.resync) {
          // What is under way already is told by a list; what happens from the cursor on, by the watch.
          const { runs } = await client(RunService).listRuns({ project, pageSize: 50 });
          board?.take(runs.filter((run) => !hasEnded(run.status) || run.inProgress));
          if (cursor === "") board?.tell("watching runs; Ctrl-C ends it");
        }
        board?.take(response.runs);
        cursor = response.cursor;
        return false;
      },
    });
  } finally {
    board?.close();
  }
}

interface Board {
  readonly take: (runs: readonly Run[]) => void;
  /** Says something about the watch itself. */
  readonly tell: (line: string) => void;
  readonly close: () => void;
}

/** Shows runs: on a terminal those under way are redrawn below those that ended; elsewhere each change of status is a line. */
function runBoard(context: Context): Board {
  const area = context.terminal.stdout.isTTY ? liveArea(context.terminal.stdout) : undefined;
  const active = new Map<string, Run>();
  const told = new Map<string, string>();
  const line = (run: Run) => runLine(run, context);
  const draw = () => area?.update([...active.values()].map(line));
  const timer = area && setInterval(draw, redrawMs);
  return {
    take(runs) {
      for (const run of runs) {
        const over = hasEnded(run.status) && !run.inProgress;
        const state = `${run.status} ${over}`;
        const news = told.get(run.id) !== state;
        told.set(run.id, state);
        if (over) active.delete(run.id);
        else active.set(run.id, run);
        if (!news) continue;
        if (!area) context.print(line(run));
        else if (over) area.keep([line(run)]);
      }
      draw();
    },
    tell: area ? (line) => area.keep([line]) : context.note,
    close: () => clearInterval(timer),
  };
}

function runLine(run: Run, { paint, now }: Context): string {
  const { sign, tone } = markOf(run.status);
  const steps = stepCount(run);
  const facts = [
    run.pipelineName && printable(run.pipelineName),
    statusWord(run.status),
    took(run.startTime, run.endTime, now()),
    steps && `${steps} steps`,
    run.owner?.name && `by ${printable(run.owner.name)}`,
  ];
  return `${paint(tone, sign)} ${padEnd(printable(run.name), nameWidth)}  ${facts.filter(Boolean).join(" · ")}`;
}
