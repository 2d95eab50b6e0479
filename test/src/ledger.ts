import { Code, ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { reasonOf } from "./answer.ts";

/** What one caller asked for, and what became of it. */
export interface Ledger {
  /**
   * Asks until it is done, as a caller does who minds what failures say. `what` names the method and what it is about:
   * "DeleteSecret 0198…". What is gone when a delete is asked for again is done.
   */
  insist<R>(what: string, call: () => Promise<R>): Promise<R | undefined>;
  /** How often each was asked for until it was acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** How often callers heard which reason. */
  readonly heard: ReadonlyMap<string, number>;
  /** What callers must never hear: another failure than one that passes, or one that does not say when to come back. */
  readonly unmapped: readonly string[];
}

const passing = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Aborted]);

/** `patience` is how long to wait, of what a failure asks for: less than 1 only makes a test faster. */
export function ledger({ patience = 1 }: { readonly patience?: number } = {}): Ledger {
  const acknowledged = new Map<string, number>();
  const heard = new Map<string, number>();
  const unmapped: string[] = [];

  async function insist<R>(what: string, call: () => Promise<R>): Promise<R | undefined> {
    for (let asked = 1; ; asked++) {
      try {
        const result = await call();
        acknowledged.set(what, asked);
        return result;
      } catch (thrown) {
        const reason = reasonOf(thrown);
        heard.set(reason, (heard.get(reason) ?? 0) + 1);
        if (reason === "NOT_FOUND" && asked > 1 && what.startsWith("Delete")) {
          acknowledged.set(what, asked);
          return undefined;
        }
        const error = ConnectError.from(thrown);
        const [retry] = error.findDetails(RetryInfoSchema);
        if (!passing.has(error.code) || !retry) {
          unmapped.push(`${what}: ${Code[error.code]} ${reason} ${error.rawMessage}${retry ? "" : " (no retry information)"}`);
          return undefined;
        }
        const { seconds = 0n, nanos = 0 } = retry.retryDelay ?? {};
        await sleep((Number(seconds) * 1000 + nanos / 1e6) * patience);
      }
    }
  }
  return { insist, acknowledged, heard, unmapped };
}
