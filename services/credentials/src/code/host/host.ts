import type { Micros } from "@signalbox/runtime/clock.ts";
import type { RepositoryAddress } from "../address.ts";
import type { Asked } from "./ask.ts";

/** What a host tells of a repository. */
export interface RepositoryFacts {
  /** Empty where it does not say. */
  readonly account: string;
  readonly defaultBranch: string;
  readonly isPrivate: boolean | undefined;
}

/** What a host tells of a commit. */
export interface CommitFacts {
  readonly commit: string;
  readonly message: string;
  readonly author: string;
  /** Undefined where it does not say. */
  readonly time: Micros | undefined;
}

/** A repository on a host of some kind: what is asked, and how its answers are read. */
export interface HostedRepository {
  verify(): Promise<RepositoryFacts>;
  /** The commit that a branch, a tag or an id stands for. Fails with `missing` where there is none. */
  commit(ref: string, missing: Error): Promise<CommitFacts>;
  /** The archive of a commit, a gzipped tar; nothing is asked before it is taken. Fails with `missing` where there is no such commit. */
  archive(commit: string, missing: Error): AsyncIterable<Buffer>;
}

export interface Place {
  readonly address: RepositoryAddress;
  /** Where the API is, without a slash at its end; empty where that follows from the address. */
  readonly apiAddress: string;
}

export type Host = (place: Place, asked: Asked) => HostedRepository;

/** A segment of a path, or a value of a query. */
export const segment = encodeURIComponent;

/** The instant that a text of ISO 8601 tells. */
export function instantOf(text: string): Micros | undefined {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds * 1000;
}
