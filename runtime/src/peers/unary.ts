import { Code } from "@connectrpc/connect";
import { type ChannelInterface, Metadata, type StatusObject } from "@grpc/grpc-js";

export interface UnaryRequest {
  /** "/signalbox.runs.v1.RunService/GetRun". */
  readonly path: string;
  readonly metadata: Metadata;
  /** In milliseconds since 1970. */
  readonly deadline: number;
  readonly bytes: Buffer;
}

/** Hears how a call ended: with the bytes of the answer, or with a status that is not OK. */
export type Ended = (failure: StatusObject | undefined, answer: Buffer) => void;

const nothing = Buffer.alloc(0);

/**
 * A unary call over a channel, bytes to bytes; what is returned gives it up.
 * grpc-js's own client would make an emitter, an error for its stack and a
 * chain of interceptors for each.
 */
export function callUnary(channel: ChannelInterface, { path, metadata, deadline, bytes }: UnaryRequest, ended: Ended): () => void {
  const call = channel.createCall(path, deadline, undefined, null, undefined);
  let answer: Buffer | undefined;
  call.start(metadata, {
    onReceiveMetadata: () => {},
    onReceiveMessage(message: Buffer) {
      if (answer === undefined) answer = message;
      else call.cancelWithStatus(Code.Unimplemented as number, "more than one answer came");
    },
    onReceiveStatus(status) {
      if (status.code !== 0) ended(status, nothing);
      else if (answer === undefined) ended(noAnswer, nothing);
      else ended(undefined, answer);
    },
  });
  call.startRead();
  call.sendMessageWithContext({}, bytes);
  call.halfClose();
  return () => call.cancelWithStatus(Code.Canceled as number, "the caller went away");
}

const noAnswer: StatusObject = { code: Code.Unimplemented as number, details: "no answer came", metadata: new Metadata() };
