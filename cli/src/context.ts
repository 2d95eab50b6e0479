import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import type { Paint } from "./output/color.ts";
import type { Connection, Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** The options that every command takes. */
export interface GlobalOptions {
  readonly profile?: string;
  readonly url?: string;
  readonly workspace?: string;
  readonly project?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}

/** What a command works with. */
export interface Context {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  /** Whether results carry colours, and what gives them. */
  readonly colored: boolean;
  readonly paint: Paint;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Where the command calls, and as whom. */
  readonly session: Session;
  /** The connection of this command, opened on first use and closed when the command is done. Fails as not signed in. */
  readonly connect: () => Connection;
  /** A connection of its own, closed when the command is done. */
  readonly open: (session: Session, options?: { readonly anonymous?: boolean }) => Connection;
  /** Writes lines to standard output. */
  readonly print: (...lines: string[]) => void;
  /** Writes a line to standard error: about what happens, not part of the result. */
  readonly note: (line: string) => void;
}

/** A message as indented ProtoJSON. */
export function jsonText<S extends DescMessage>(schema: S, message: MessageShape<S>): string {
  return JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true }), null, 2);
}

/** A message as one line of ProtoJSON. */
export function jsonLine<S extends DescMessage>(schema: S, message: MessageShape<S>): string {
  return JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true }));
}
