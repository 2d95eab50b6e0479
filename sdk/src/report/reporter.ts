import { setTimeout as sleep } from "node:timers/promises";
import { Code } from "@connectrpc/connect";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import type { Run } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Connection } from "../connection.ts";
import { failedWith, SignalboxError } from "../errors.ts";
import { backOffMs } from "../wire/retry.ts";
import { type Change, createQueue, type Point, type QueueOptions, type Subject } from "./queue.ts";
import { reportByBatch, reportByStream, type Session } from "./session.ts";

export interface ReporterOptions extends Partial<QueueOptions> {
  /** Connected with a token of the run. */
  readonly connection: Connection;
  /** The UUID of the run. */
  readonly run: string;
  /** Sets this process apart from others that report on the run. */
  readonly reporter: string;
  /** The generation of the run that is reported; 0 for the present one. */
  readonly generation: number;
  /** How often a sign of life is sent, in milliseconds; 0 for never. */
  readonly heartbeatMs: number;
  readonly onStop: (force: boolean) => void;
  readonly onRun?: (run: Run) => void;
  readonly onAnswer?: () => void;
  /** Gets another token where the server says that the present one has expired. */
  readonly renewToken?: () => Promise<unknown>;
  /** Where a person is warned; stderr where absent. */
  readonly warn?: (text: string) => void;
}

/** Reports on a run, in the background. Nothing is lost while the server is away. */
export interface Reporter {
  /** Sends at once. Settles when it is durable; fails where it was refused. */
  send(subject: Subject, change: Change): Promise<void>;
  /** Sends with others. Left out, counted and warned of where more than twice the bound waits. */
  note(subject: Subject, change: Change): void;
  point(subject: Subject, point: Point): void;
  /** Settles when less than the bound waits. */
  room(): Promise<void>;
  /** Signs of life are sent for the step until the end that is given back is called. */
  live(subject: Subject): () => void;
  /** The refusals of notes and points of a step since this was last asked. */
  refusals(step: string): readonly Error[];
  /** Settles when everything is durable and the stream is closed. */
  close(): Promise<void>;
  /** Gives up what is not acknowledged. */
  abandon(): void;
}

/** What a queue holds before it slows its producers down: 50,000 reports or 32 MiB. */
export const queueBounds: QueueOptions = { maxReports: 50_000, maxBytes: 32 * 1024 * 1024, flushMs: 20, batchReports: 500 };

const warnAfterMs = 5_000;
const maxFaults = 8;
const wholeRun: Subject = { step: "", attempt: 0 };

export function openReporter(options: ReporterOptions): Reporter {
  const { connection, run, reporter, generation, heartbeatMs, onStop, onRun, onAnswer, renewToken, warn = toStderr } = options;
  const queue = createQueue({ ...queueBounds, ...definedOf(options) });
  const client = connection.client(ReportService);
  const living = new Set<Subject>([wholeRun]);
  const refused = new Map<string, Error[]>();
  const dropped = new Map<string, number>();
  let closing = false;
  let failure: Error | undefined;
  let beating = 0;
  let streams = true;
  let faults = 0;
  let awaySince = 0;
  let warned = false;

  const session: Session = {
    client,
    run,
    reporter,
    generation,
    queue,
    closing: () => closing,
    heard({ run: present, stop, answered, progress }) {
      if (present) onRun?.(present);
      if (answered) onAnswer?.();
      if (stop) onStop(stop.force);
      if (!progress && !present) return;
      if (progress) faults = 0;
      awaySince = 0;
      if (warned) warn(`signalbox: ${connection.url} is back; ${queue.size} reports follow`);
      warned = false;
    },
  };

  // Sockets do not keep the process alive; what is not acknowledged does.
  const hold = setInterval(() => undefined, 2 ** 30);
  const holdWhile = () => (queue.size > 0 || closing ? hold.ref() : hold.unref());
  holdWhile();

  const beat = heartbeatMs > 0 ? setInterval(signs, heartbeatMs).unref() : undefined;
  function signs(): void {
    if (closing || beating > 0 || awaySince > 0) return;
    for (const subject of living) {
      beating += 1;
      const done = () => {
        beating -= 1;
        holdWhile();
      };
      queue.add(subject, { case: "alive", value: {} }, { acknowledged: done, refused: () => undefined }, false);
    }
  }

  async function work(): Promise<void> {
    while (!(closing && queue.size === 0)) {
      try {
        await (streams ? reportByStream(session) : reportByBatch(session));
        if (!(closing && queue.size === 0)) await pause();
      } catch (error) {
        await recover(error);
      }
    }
  }

  async function recover(error: unknown): Promise<void> {
    if (failedWith(error, "HTTP2_UNAVAILABLE", "METHOD_UNKNOWN", "UNIMPLEMENTED") && streams) streams = false;
    else if (failedWith(error, "SILENT") && faults > 0) streams = false;
    else if (failedWith(error, "TOKEN_EXPIRED") && faults === 0) await renewToken?.();
    else {
      if (!mayPass(error)) throw error;
      if (!isAway(error) && faults >= maxFaults) throw error;
      await pause(error);
      return;
    }
    faults += 1;
  }

  async function pause(error?: unknown): Promise<void> {
    awaySince ||= Date.now();
    if (!warned && queue.size > 0 && Date.now() - awaySince >= warnAfterMs) {
      warned = true;
      warn(
        `signalbox: ${connection.url} does not answer (${error ? (error as Error).message : "the stream ended"}); the run goes on, its reports are kept in memory`,
      );
    }
    const delay = Math.max(backOffMs(faults, 3_000), failedWith(error, "RATE_LIMITED", "OVERLOADED") ? (error.retryAfterMs ?? 0) : 0);
    faults += 1;
    const timer = sleep(delay, undefined, { ref: queue.size > 0 });
    await timer;
  }

  const finished = work()
    .catch((error: unknown) => {
      failure = error instanceof Error ? error : new Error(String(error));
      queue.fail(failure);
    })
    .finally(() => {
      clearInterval(beat);
      clearInterval(hold);
    });

  function noteRefusal(step: string): (error: Error) => void {
    return (error) => {
      const known = refused.get(step);
      if (known) known.push(error);
      else refused.set(step, [error]);
    };
  }

  function addNote(subject: Subject, change: Change): void {
    if (failure) noteRefusal(subject.step)(failure);
    else if (queue.overflowing) leaveOut(subject.step);
    else queue.add(subject, change, { acknowledged: holdWhile, refused: noteRefusal(subject.step) }, false);
    holdWhile();
  }

  function leaveOut(step: string): void {
    const count = (dropped.get(step) ?? 0) + 1;
    dropped.set(step, count);
    if (count === 1)
      warn(
        `signalbox: too much of step "${step}" waits for ${connection.url}; further metrics and facts are left out and counted. Await step.room() to slow down instead`,
      );
  }

  return {
    send(subject, change) {
      if (failure) {
        // Its step looks at it only in the end; a rejection that nobody has seen until then would end the program.
        const failed = Promise.reject<void>(failure);
        failed.catch(() => undefined);
        return failed;
      }
      const left = dropped.get(subject.step);
      if (left && change.case === "ended") {
        dropped.delete(subject.step);
        const values = { "signalbox.left_out": { kind: { case: "integer" as const, value: BigInt(left) } } };
        queue.add(
          subject,
          { case: "metadata", value: { values } },
          { acknowledged: () => undefined, refused: noteRefusal(subject.step) },
          false,
        );
      }
      const receipt = new Promise<void>((resolve, reject) => {
        const acknowledged = () => {
          holdWhile();
          resolve();
        };
        queue.add(subject, change, { acknowledged, refused: reject }, true);
      });
      receipt.catch(() => undefined);
      holdWhile();
      return receipt;
    },
    note: addNote,
    point(subject, point) {
      if (!queue.join(subject, point)) addNote(subject, { case: "metrics", value: { points: [point] } });
    },
    room: () => queue.room(),
    live(subject) {
      living.add(subject);
      return () => living.delete(subject);
    },
    refusals(step) {
      const errors = refused.get(step) ?? [];
      refused.delete(step);
      return errors;
    },
    async close() {
      closing = true;
      hold.ref();
      queue.poke();
      await finished;
      if (failure) throw failure;
    },
    abandon() {
      closing = true;
      queue.fail(new SignalboxError({ reason: "CANCELLED", message: "the run was given up", code: Code.Canceled }));
      queue.poke();
    },
  };
}

/** Failures that time may heal. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof SignalboxError)) return false;
  const passing: readonly Code[] = [
    Code.Unavailable,
    Code.DeadlineExceeded,
    Code.Internal,
    Code.Unknown,
    Code.Aborted,
    Code.ResourceExhausted,
  ];
  return passing.includes(error.code) || error.reason === "TOKEN_EXPIRED";
}

/** The server cannot be reached, or has more to do than it can: it is waited for, however long. */
const isAway = (error: unknown): boolean =>
  error instanceof SignalboxError && (error.code === Code.Unavailable || failedWith(error, "RATE_LIMITED", "OVERLOADED"));

function definedOf(options: Partial<QueueOptions>): Partial<QueueOptions> {
  const { maxReports, maxBytes, flushMs, batchReports } = options;
  return Object.fromEntries(Object.entries({ maxReports, maxBytes, flushMs, batchReports }).filter(([, value]) => value !== undefined));
}

const toStderr = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
