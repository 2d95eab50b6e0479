import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/** A statement that was executed: its text, in which values are placeholders. */
export interface ExecutedStatement {
  readonly sql: string;
  readonly durationMs: number;
  /** The engine's code, where it failed. */
  readonly failure?: string | undefined;
}

// Asked for each time: one that is kept would outlive the telemetry it was made for.
const tracer = () => trace.getTracer("signalbox");
const verb = /^\s*(\w+)/;
const longestText = 2_048;

/** A span for each statement of a call that is traced. The values of its parameters are never part of it. */
export function sqlSpans(): (statement: ExecutedStatement) => void {
  return ({ sql, durationMs, failure }) => {
    if (!trace.getSpan(context.active())?.isRecording()) return;
    const now = Date.now();
    const span = tracer().startSpan(verb.exec(sql)?.[1]?.toLowerCase() ?? "sql", {
      kind: SpanKind.CLIENT,
      startTime: now - durationMs,
      attributes: { "db.query.text": sql.slice(0, longestText) },
    });
    if (failure !== undefined) {
      span.setAttribute("db.response.status_code", failure);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(now);
  };
}
