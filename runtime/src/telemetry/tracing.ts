import type { DescMethod } from "@bufbuild/protobuf";
import { type Context, context, propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Wire } from "../rpc/call.ts";

/** One side of a call, measured. Costs nothing while telemetry is off. */
export interface CallSpan {
  /** Runs work inside the span: what it awaits, logs and calls belongs to it. */
  run<T>(work: () => T): T;
  /** The same for a stream: each step of it runs inside the span. */
  runStream<T>(source: AsyncIterable<T>): AsyncIterable<T>;
  /** Ends the span with the status as gRPC names it: "OK", "NOT_FOUND". */
  end(code: string): void;
}

/** What stands for a span while telemetry is off. */
const unmeasured: CallSpan = { run: (work) => work(), runStream: (source) => source, end: () => {} };

let measuring = false;

/** Whether telemetry was started: where it was not, calls do nothing for it. */
export const isMeasuring = (): boolean => measuring;

/** For whoever starts and ends telemetry. */
export function setMeasuring(now: boolean): void {
  measuring = now;
}

// Asked for each time: one that is kept would outlive the telemetry it was made for.
const tracer = () => trace.getTracer("signalbox");

// Statuses that say something about the server; the rest say something about the request.
const serverFaults = new Set(["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]);

/** A span for a call that was received, below the caller's span where its headers name one (W3C trace context). */
export function startServerSpan(method: DescMethod, wire: Wire, header: (name: string) => string | undefined): CallSpan {
  if (!measuring) return unmeasured;
  const parent = propagation.extract(ROOT_CONTEXT, header, {
    get: (read, name) => read(name),
    // A propagator asks for names, and never lists them.
    keys: () => [],
  });
  return start(method, wire, SpanKind.SERVER, wire === "direct" ? context.active() : parent, (code) => serverFaults.has(code));
}

/** A span for a call that is being made. */
export function startClientSpan(method: DescMethod, wire: Wire): CallSpan {
  if (!measuring) return unmeasured;
  return start(method, wire, SpanKind.CLIENT, context.active(), (code) => code !== "OK");
}

/** Hands the active span's context to `set`, as the headers of a call. */
export function injectContext(set: (name: string, value: string) => void): void {
  if (measuring) propagation.inject(context.active(), set, { set: (write, name, value) => write(name, value) });
}

/** Work of the program's own accord, such as a relay's round. A failure is recorded and thrown on. */
export async function inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
  return tracer().startActiveSpan(name, async (span) => {
    try {
      return await work();
    } catch (fault) {
      if (fault instanceof Error) span.recordException(fault);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw fault;
    } finally {
      span.end();
    }
  });
}

function start(method: DescMethod, wire: Wire, kind: SpanKind, parent: Context, isFault: (code: string) => boolean): CallSpan {
  const name = `${method.parent.typeName}/${method.name}`;
  const span = tracer().startSpan(name, { kind, attributes: { "rpc.system.name": systemOf(wire), "rpc.method": name } }, parent);
  const inside = trace.setSpan(parent, span);
  return {
    run: (work) => context.with(inside, work),
    runStream: (source) => (span.isRecording() ? streamWithin(inside, source) : source),
    end: (code) => end(span, code, isFault(code)),
  };
}

function end(span: Span, code: string, fault: boolean): void {
  span.setAttribute("rpc.response.status_code", code);
  if (fault) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  span.end();
}

// A generator runs in the context of whoever asks it for the next item, not of whoever made it.
function streamWithin<T>(inside: Context, source: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const items = context.with(inside, () => source[Symbol.asyncIterator]());
      return {
        next: () => context.with(inside, () => items.next()),
        return: (value?: unknown) =>
          context.with(inside, async () => (await items.return?.(value)) ?? { done: true as const, value: undefined }),
        throw: (fault?: unknown) =>
          context.with(inside, () => {
            if (items.throw) return items.throw(fault);
            return Promise.reject(fault);
          }),
      };
    },
  };
}

const systemOf = (wire: Wire): string => (wire === "connect" ? "connectrpc" : wire === "direct" ? "signalbox" : "grpc");
