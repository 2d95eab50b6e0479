import { setTimeout as sleep } from "node:timers/promises";
import { reasonName, type Violation } from "../errors.ts";
import { toSignalboxError } from "../wire/status.ts";

interface Failure {
  /** By its name: "NOT_FOUND". */
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
}

/** What a call failed with; undefined where it did not fail. */
async function outcomeOf(call: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const { reason, message, metadata, violations } = toSignalboxError(error);
    return { reason: reasonName(reason), message, metadata, violations };
  }
}

/** What a call failed with. Fails where it did not. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const failure = await outcomeOf(call);
  if (!failure) throw new Error("the call did not fail");
  return failure;
}

/** The name of the reason that a call failed for; "OK" where it did not. */
export const reasonOf = async (call: Promise<unknown>): Promise<string> => (await outcomeOf(call))?.reason ?? "OK";

/** Waits for something to become so, ten seconds at most. */
export async function until(done: () => boolean | Promise<boolean>, what = "what was waited for"): Promise<void> {
  for (let n = 0; n < 1000; n++) {
    if (await done()) return;
    await sleep(10);
  }
  throw new Error(`${what} did not happen within ten seconds`);
}
