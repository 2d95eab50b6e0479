import { Status, StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Tone } from "./color.ts";
import type { Cell } from "./table.ts";
import { word } from "./words.ts";

/** How a status looks: one character, and what it means to whoever reads it. */
export interface Mark {
  readonly sign: string;
  readonly tone: Tone;
}

const waiting: Mark = { sign: "○", tone: "faint" };
const busy: Mark = { sign: "●", tone: "busy" };

const marks: Readonly<Record<number, Mark>> = {
  [Status.PROVISIONING]: busy,
  [Status.RUNNING]: busy,
  [Status.RETRYING]: { sign: "↻", tone: "busy" },
  [Status.PAUSED]: { sign: "‖", tone: "busy" },
  [Status.RESUMING]: busy,
  [Status.STOPPING]: { sign: "■", tone: "busy" },
  [Status.COMPLETED]: { sign: "✓", tone: "good" },
  [Status.FAILED]: { sign: "✗", tone: "bad" },
  [Status.STOPPED]: { sign: "■", tone: "bad" },
  [Status.CACHED]: { sign: "✓", tone: "good" },
  [Status.SKIPPED]: { sign: "–", tone: "faint" },
  [Status.RETRIED]: { sign: "✗", tone: "faint" },
};

export const markOf = (status: Status): Mark => marks[status] ?? waiting;

/** "completed" for STATUS_COMPLETED. */
export const statusWord = (status: Status): string => word(StatusSchema, status);

/** A status in a table. */
export const statusCell = (status: Status): Cell => ({ text: statusWord(status), tone: markOf(status).tone });

/** Whether a status never changes again. */
export const hasEnded = (status: Status): boolean => status >= Status.COMPLETED;
