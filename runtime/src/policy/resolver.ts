import type { Call } from "../rpc/call.ts";
import type { Resolved } from "./grant.ts";

/** What a request says beside a reference, to find what it stands for. */
export interface Within {
  /** The project, already found; undefined where the request names none. */
  readonly project: string | undefined;
  readonly call: Call;
}

/**
 * Finds what a reference in a request stands for: an id, or a name within its
 * scope. Undefined where there is nothing; the workspace of the call bounds it.
 * Decides nothing: who may see it is the layer's question.
 */
export type Resolver = (reference: Reference, within: Within) => Promise<Resolved | undefined>;

/** A reference as the request has it: an id or name, or for a type of its own a message such as a scope. */
export type Reference = string;

export type Resolvers = Readonly<Record<string, Resolver>>;
