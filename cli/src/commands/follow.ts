import { Code } from "@connectrpc/connect";
import { SignalboxError } from "@signalbox/sdk";
import { ExitCode } from "../exit-code.ts";
import { CommandError } from "../failure.ts";
import { duration } from "../output/time.ts";

/** How a watch goes on when its stream breaks. */
export interface FollowOptions<T> {
  /** Opens the stream where the watch stands; the signal ends it. */
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  /** Takes a part in; true ends the watch. */
  readonly take: (part: T) => boolean | Promise<boolean>;
  /** Tells a person that the stream broke or goes on again. */
  readonly tell: (line: string) => void;
  /** For how long to go on trying, in milliseconds. */
  readonly patienceMs?: number;
  /** How long a stream may be silent before it counts as broken; the server sends signs of life far more often. */
  readonly silenceMs?: number;
  readonly wait?: (millis: number) => Promise<unknown>;
}

const transient: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Aborted, Code.ResourceExhausted]);
const firstPauseMs = 250;
const longestPauseMs = 5000;

/**
 * Follows a stream until `take` says that it is over. A stream that breaks, or
 * ends for no reason, is opened again where the watch stands; one that never
 * began is not. Gives up with the last failure when nothing was heard for
 * `patienceMs`, 5 minutes unless said otherwise.
 */
export async function follow<T>({
  open,
  take,
  tell,
  patienceMs = 300_000,
  silenceMs = 90_000,
  wait = sleep,
}: FollowOptions<T>): Promise<void> {
  let heard = false;
  let waited = 0;
  let pause = firstPauseMs;
  for (;;) {
    let broke: unknown;
    const silence = silenceAfter(silenceMs);
    try {
      for await (const part of open(silence.signal)) {
        silence.heard();
        if (waited > 0) tell("connected again");
        heard = true;
        waited = 0;
        pause = firstPauseMs;
        if (await take(part)) return;
      }
    } catch (error) {
      if (!heard || !(silence.signal.aborted || mayGoOn(error))) throw error;
      broke = silence.signal.aborted ? new Error(`nothing was heard for ${duration(silenceMs)}`) : error;
    } finally {
      silence.over();
    }
    if (waited >= patienceMs) throw broke instanceof SignalboxError ? broke : ended(waited);
    if (waited === 0) tell(`the connection was lost${broke instanceof Error ? ` (${broke.message})` : ""}; trying again`);
    await wait(pause);
    waited += pause;
    pause = Math.min(pause * 2, longestPauseMs);
  }
}

function mayGoOn(error: unknown): boolean {
  return error instanceof SignalboxError && (transient.has(error.code) || error.reason === "TOKEN_EXPIRED");
}

/** A signal that aborts when nothing was heard for so long. */
function silenceAfter(millis: number): { readonly signal: AbortSignal; readonly heard: () => void; readonly over: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), millis);
  return { signal: controller.signal, heard: () => void timer.refresh(), over: () => clearTimeout(timer) };
}

const ended = (waited: number): CommandError =>
  new CommandError({ exitCode: ExitCode.UNAVAILABLE, reason: "UNAVAILABLE", message: `nothing was heard for ${duration(waited)}` });

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
