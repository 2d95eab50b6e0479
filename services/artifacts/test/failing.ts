import { reasonName, type Violation } from "@signalbox/runtime/errors.ts";
import { toSignalboxError } from "@signalbox/runtime/wire/status.ts";

interface Failure {
  /** By its name. */
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
}

/** What a call failed with. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const outcome = await call.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  if ("answer" in outcome) throw new Error(`the call did not fail but answered ${String(outcome.answer)}`);
  const { reason, message, metadata, violations } = toSignalboxError(outcome.error);
  return { reason: reasonName(reason), message, metadata, violations };
}

/** The name of the reason that a call failed for. */
export const reasonOf = async (call: Promise<unknown>): Promise<string> => (await failureOf(call)).reason;
