import { isSpanContextValid, trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { redactFields, redactText } from "./redact.ts";

/** JSON lines: `log.info({ run }, "text")`, `log.error({ err }, "text")`, `log.child({ service })`. */
export type Log = Logger;

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

export interface LogOptions {
  /** The program that writes: "runs". */
  readonly service: string;
  readonly level: (typeof logLevels)[number];
  /** Standard output unless said otherwise. */
  readonly destination?: DestinationStream;
}

/**
 * A log of one JSON object a line, with the active span's ids. Secrets are
 * masked twice: members by their names at any depth, and whatever looks like
 * a credential in the finished line, be it in a message, a stack or a URL.
 */
export function openLog({ service, level, destination }: LogOptions): Log {
  const log = pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      mixin: spanIds,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      // Errors are spelled out by redactFields already.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: redactText },
    },
    // Off the event loop; what is not written yet is flushed at exit.
    destination ?? pino.destination({ dest: 1, sync: false }),
  );
  // pino formats the bindings of a root logger only. Children inherit this from their parent.
  const { child } = log;
  log.child = function redacted(this: Log, bindings, options) {
    return child.call(this, redactFields(bindings), options);
  } as Log["child"];
  return log;
}

function spanIds(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
