import type { Message } from "@bufbuild/protobuf";

/**
 * Messages of a stream that leave together. They pass the layers as one, so that what each message
 * costs there is paid once for all of them, and are taken apart where they are written to the wire.
 */
export interface Joined extends Message {
  readonly messages: readonly Message[];
}

const joinedName = "signalbox.runtime.Joined";

export const joined = (messages: readonly Message[]): Joined => ({ $typeName: joinedName, messages });

export const isJoined = (message: unknown): message is Joined => (message as Message).$typeName === joinedName;

/** What is written for a message of a stream: itself, or those that were joined in it. */
export const apart = (message: Message): readonly Message[] => (isJoined(message) ? message.messages : [message]);
