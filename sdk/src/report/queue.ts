import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type MetricPointSchema, type Report, ReportSchema } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";

/** Which attempt of which step a report is about; an empty step for the run as a whole. */
export interface Subject {
  readonly step: string;
  readonly attempt: number;
}

export type Change = NonNullable<MessageInitShape<typeof ReportSchema>["change"]>;
export type Point = MessageInitShape<typeof MetricPointSchema>;

export interface QueueOptions {
  /** How many reports wait for acknowledgement before `room` does. Twice as many are held at most. */
  readonly maxReports: number;
  /** The same in bytes. */
  readonly maxBytes: number;
  /** How long a report waits for others to travel with. */
  readonly flushMs: number;
  /** How many reports travel together at most. */
  readonly batchReports: number;
}

export interface Settled {
  readonly acknowledged: () => void;
  readonly refused: (error: Error) => void;
}

interface Entry {
  readonly report: Report;
  readonly settled: Settled;
  bytes: number;
}

const batchBytes = 1024 * 1024;
const pointsPerReport = 1_000;

/** The reports that the server has not acknowledged, oldest first. What was sent is kept until then, to be sent again. */
export type Queue = ReturnType<typeof createQueue>;

export function createQueue({ maxReports, maxBytes, flushMs, batchReports }: QueueOptions) {
  const entries: Entry[] = [];
  const openMetrics = new Map<string, Entry>();
  let sent = 0;
  let bytes = 0;
  let nextSequence = 1;
  let due = false;
  let flushTimer: NodeJS.Timeout | undefined;
  const workers: (() => void)[] = [];
  let waiters: (() => void)[] = [];

  const isFull = () => entries.length >= maxReports || bytes >= maxBytes;
  const wake = () => {
    clearTimeout(flushTimer);
    flushTimer = undefined;
    due = true;
    for (const worker of workers.splice(0)) worker();
  };
  const release = () => {
    if (isFull()) return;
    const ready = waiters;
    waiters = [];
    for (const waiter of ready) waiter();
  };

  function schedule(urgent: boolean): void {
    if (urgent || entries.length - sent >= batchReports) wake();
    else flushTimer ??= setTimeout(wake, flushMs);
  }

  function drop(count: number): Entry[] {
    const gone = entries.splice(0, count);
    sent = Math.max(0, sent - count);
    for (const entry of gone) bytes -= entry.bytes;
    return gone;
  }

  return {
    /** How many reports are not acknowledged. */
    get size() {
      return entries.length;
    },
    /** How many of them were sent and not answered. */
    get sent() {
      return sent;
    },
    /** Whether nothing more that can be left out is taken. */
    get overflowing() {
      return entries.length >= 2 * maxReports || bytes >= 2 * maxBytes;
    },

    add({ step, attempt }: Subject, change: Change, settled: Settled, urgent: boolean): void {
      const report = create(ReportSchema, { sequence: BigInt(nextSequence), step, attempt, time: timestampFromMs(Date.now()), change });
      nextSequence += 1;
      const entry = { report, settled, bytes: toBinary(ReportSchema, report).length };
      entries.push(entry);
      bytes += entry.bytes;
      if (change.case === "metrics") openMetrics.set(`${attempt} ${step}`, entry);
      if (change.case === "ended") openMetrics.delete(`${attempt} ${step}`);
      schedule(urgent);
    },

    /** Adds a point to a report of the same step that was not sent yet. False where there is none. */
    join({ step, attempt }: Subject, point: Point): boolean {
      const entry = openMetrics.get(`${attempt} ${step}`);
      const change = entry?.report.change;
      if (!entry || change?.case !== "metrics" || change.value.points.length >= pointsPerReport) return false;
      const report = create(ReportSchema, {
        change: { case: "metrics", value: { points: [{ ...point, time: timestampFromMs(Date.now()) }] } },
      });
      if (report.change.case === "metrics") change.value.points.push(...report.change.value.points);
      const more = 40 + (point.name?.length ?? 0);
      entry.bytes += more;
      bytes += more;
      return true;
    },

    /** The next reports to send; empty where all were sent. */
    take(): Report[] {
      const taken: Report[] = [];
      for (let size = 0; taken.length < batchReports && sent < entries.length; sent += 1) {
        const { report, bytes: cost } = entries[sent] as Entry;
        if (taken.length > 0 && size + cost > batchBytes) break;
        size += cost;
        taken.push(report);
        if (report.change.case === "metrics") openMetrics.delete(`${report.attempt} ${report.step}`);
      }
      if (sent === entries.length) due = false;
      return taken;
    },

    /** Settles when there is something to send now, or the queue is poked. */
    work(): Promise<void> {
      if (due && sent < entries.length) return Promise.resolve();
      return new Promise((resolve) => {
        workers.push(resolve);
      });
    },
    poke: wake,

    /** Makes everything that was not acknowledged wait to be sent again. */
    rewind(): void {
      sent = 0;
      due = entries.length > 0;
    },

    acknowledge(sequence: bigint): void {
      const first = entries[0]?.report.sequence ?? sequence + 1n;
      for (const { settled } of drop(Math.max(0, Math.min(Number(sequence - first + 1n), entries.length)))) settled.acknowledged();
      release();
    },

    /** The report had no effect. It leaves the queue when it is acknowledged with the others. */
    refuse(sequence: bigint, error: Error): void {
      const index = Number(sequence - (entries[0]?.report.sequence ?? 0n));
      entries[index]?.settled.refused(error);
    },

    /** Gives up on everything. */
    fail(error: Error): void {
      for (const { settled } of drop(entries.length)) settled.refused(error);
      clearTimeout(flushTimer);
      release();
    },

    /** Settles when less waits than the bound. */
    room(): Promise<void> {
      if (!isFull()) return roomy;
      return new Promise((resolve) => {
        waiters.push(resolve);
      });
    },
  };
}

const roomy = Promise.resolve();
