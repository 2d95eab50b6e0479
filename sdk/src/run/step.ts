import { Handle } from "../artifacts/handle.ts";
import { serialize } from "../artifacts/serializer.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import { digestOf, nameOf, newUuid } from "../canonical.ts";
import { misuse } from "../errors.ts";
import { type About, type Metadata, toValues } from "../metadata.ts";
import type { Subject } from "../report/queue.ts";
import type { Reporter } from "../report/reporter.ts";
import type { StepEvent } from "./events.ts";
import type { Handles } from "./outputs.ts";

/** What kind of thing an artifact is. */
export type ArtifactType = "data" | "model" | "analysis" | "service";

export interface SaveOptions {
  readonly type?: ArtifactType;
  readonly metadata?: Metadata;
  /** Names of tags to give the version; those that are unknown become tags. */
  readonly tags?: readonly string[];
}

/** What a step's function is given. */
export interface Step<I extends Handles = Handles> {
  readonly name: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Aborts when the run is to stop. What the function throws from then on ends the step as stopped. */
  readonly signal: AbortSignal;
  /** The inputs, loaded. */
  readonly inputs: I;
  /**
   * Saves a value as the next version of an artifact of the project and makes
   * it an output of the step. The value is taken as it is now; it is written
   * in the background and safe when the step ends. Fails with MISUSE for what
   * is neither JSON, text, bytes nor a typed array.
   */
  save<T>(name: string, value: T, options?: SaveOptions): Handle<T>;
  /**
   * Records a point of a metric. `index` is where on its axis, a whole number
   * from 0; the next one where absent. It is sent in the background.
   */
  metric(name: string, value: number, index?: number): void;
  /** Records facts about the step; the latest value of a key is what is shown. */
  metadata(facts: Metadata, about?: About): void;
  /**
   * Settles at once, or when less waits for a server that is away than 50,000
   * reports or 32 MiB. A loop that records very much awaits it; what comes
   * while twice as much waits is left out, counted and warned of.
   */
  room(): Promise<void>;
}

/** A value that a step saved, before the server knows of it. */
export interface Saved {
  readonly handle: Handle<unknown>;
  readonly type: ArtifactType | undefined;
  readonly itemCount: number | undefined;
  readonly metadata: Metadata;
  readonly tags: readonly string[];
}

/** A step at work, with what the run needs to know when it ends. */
export interface WorkingStep<I extends Handles> {
  readonly step: Step<I>;
  readonly saved: readonly Saved[];
  readonly facts: Metadata;
  /** Settles when everything that was saved is written. */
  readonly written: () => Promise<void>;
  /** Takes nothing more. */
  readonly close: () => void;
}

export interface WorkingStepOptions<I extends Handles> {
  readonly subject: Subject;
  readonly inputs: I;
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
  readonly store: ArtifactStore;
  readonly emit: (event: StepEvent) => void;
}

const maxNameLength = 255;

export function openStep<I extends Handles>({ subject, inputs, signal, reporter, store, emit }: WorkingStepOptions<I>): WorkingStep<I> {
  const saved: Saved[] = [];
  const writes: Promise<unknown>[] = [];
  const nextIndex = new Map<string, number>();
  const facts: Record<string, Metadata[string]> = {};
  let open = true;
  const checkOpen = () => {
    if (!open) throw misuse(`step "${subject.step}" has ended and takes nothing more`);
  };

  const step: Step<I> = {
    name: subject.step,
    attempt: subject.attempt,
    signal,
    inputs,

    save<T>(name: string, value: T, { type, metadata = {}, tags = [] }: SaveOptions = {}): Handle<T> {
      checkOpen();
      checkName(name, "an artifact");
      if (saved.some(({ handle }) => handle.name === name)) throw misuse(`step "${subject.step}" has saved "${name}" already`);
      toValues(metadata);
      const { bytes, serializer, dataType, itemCount } = serialize(name, value);
      const digest = digestOf(bytes);
      const known = { id: newUuid(), name, version: "", uri: "", digest, sizeBytes: bytes.length, serializer, dataType, metadata };
      const handle = new Handle<T>(known, store, value);
      const write = store.write(bytes, digest).then((uri) => handle.settle({ uri }));
      write.catch(() => undefined);
      writes.push(write);
      saved.push({ handle, type, itemCount, metadata, tags });
      return handle;
    },

    metric(name, value, index = nextIndex.get(name) ?? 0) {
      checkOpen();
      checkName(name, "a metric");
      if (!Number.isFinite(value)) throw misuse(`metric "${name}" is ${value} at ${index}; points are finite numbers`);
      if (!Number.isSafeInteger(index) || index < 0) throw misuse(`metric "${name}" has index ${index}; it is a whole number from 0`);
      nextIndex.set(name, index + 1);
      emit({ kind: "metric", step: subject.step, attempt: subject.attempt, name, value, index });
      reporter.point(subject, { name, value, index: BigInt(index) });
    },

    metadata(more, { component = "" } = {}) {
      checkOpen();
      const values = toValues(more);
      Object.assign(facts, more);
      if (Object.keys(values).length > 0) reporter.note(subject, { case: "metadata", value: { values, component } });
    },

    room: () => reporter.room(),
  };

  return {
    step,
    saved,
    facts,
    async written() {
      await Promise.all(writes);
    },
    close() {
      open = false;
    },
  };
}

/** Fails with MISUSE unless a name is 1 to 255 characters with no space around it and no control characters in it. */
export function checkName(name: string, what: string): void {
  // Programs in JavaScript pass what they like.
  if (typeof name !== "string") throw misuse(`the name of ${what} is a text, not ${nameOf(name)}`);
  const fits = name.length > 0 && name.length <= maxNameLength && name.trim() === name && !/\p{Cc}/u.test(name);
  if (!fits)
    throw misuse(
      `${JSON.stringify(name.slice(0, 60))} cannot be the name of ${what}: it takes 1 to ${maxNameLength} characters, none of them a control character, and no space at the ends`,
    );
}
