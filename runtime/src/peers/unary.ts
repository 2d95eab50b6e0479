import { Code, ConnectError } from "@connectrpc/connect";
import { enveloped, envelopes } from "../wire/envelope.ts";
import type { Connection } from "./connection.ts";
import { type Exchange, exchange, type Failure, isPassing, type Outgoing } from "./exchange.ts";
import { deadlines, late, unreachable, type Way } from "./way.ts";

export interface UnaryRequest extends Outgoing {
  readonly deadline: number;
  readonly bytes: Uint8Array;
  readonly maxAnswerBytes: number;
  /** Whether it may be sent again although somebody may have worked on it, and waits while the service cannot be reached. */
  readonly repeatable: boolean;
}

/** Hears how a call ended: with the bytes of the answer, or with a failure. */
export type Ended = (failure: ConnectError | undefined, answer: Buffer) => void;

const nothing = Buffer.alloc(0);

/** Makes a unary call, bytes to bytes; what is returned gives it up. */
export function callUnary({ callee, replicas, repeats }: Way, request: UnaryRequest, ended: Ended): (error: ConnectError) => void {
  const { deadline, bytes, maxAnswerBytes, repeatable } = request;
  let current: Exchange | undefined;
  let pause: NodeJS.Timeout | undefined;
  let failures = 0;
  let over = false;
  const running = { due: deadline, expire: () => giveUp(late()) };
  const waiting = { patient: repeatable, go: send, fail: (cause: Error) => settle(unreachable(callee, cause), nothing) };

  function settle(failure: ConnectError | undefined, answer: Buffer): void {
    if (over) return;
    over = true;
    deadlines.remove(running);
    ended(failure, answer);
  }

  function giveUp(error: ConnectError): void {
    if (over) return;
    replicas.leave(waiting);
    clearTimeout(pause);
    current?.cancel();
    settle(error, nothing);
  }

  function find(): void {
    const connection = replicas.pick();
    if (connection) send(connection);
    else replicas.wait(waiting);
  }

  function send(connection: Connection): void {
    const tried = exchange(connection, request);
    current = tried;
    const read = envelopes(maxAnswerBytes);
    let answer: Buffer | undefined;
    let done = false;
    const finish = () => {
      if (done) return;
      done = true;
      const failure = tried.failure();
      if (failure) failed(failure);
      else if (answer === undefined) settle(new ConnectError("no answer came", Code.Unimplemented), nothing);
      else {
        repeats.answered();
        settle(undefined, answer);
      }
    };
    const { stream } = tried;
    stream.on("data", (chunk: Buffer) => {
      try {
        for (const message of read(chunk)) {
          if (answer !== undefined) throw new ConnectError("more than one answer came", Code.Unimplemented);
          answer = message;
        }
      } catch (error) {
        giveUp(error as ConnectError);
      }
    });
    stream.on("end", () => {
      if (tried.isTold()) finish();
    });
    stream.on("close", finish);
    stream.end(enveloped(bytes));
  }

  function failed(failure: Failure): void {
    if (over) return;
    failures++;
    const again = failure.untouched || (repeatable && isPassing(failure));
    const pauseMs = again ? repeats.afterFailure(failures) : undefined;
    if (pauseMs === undefined) settle(failure.error, nothing);
    else pause = setTimeout(find, pauseMs);
  }

  deadlines.add(running);
  find();
  return giveUp;
}
