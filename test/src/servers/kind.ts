import type { Version } from "./binary.ts";
import type { Place } from "./place.ts";
import type { Command, Plan } from "./plan.ts";

export type ServerName = "postgres" | "mariadb" | "redis";

/** The variable that holds the URL of a server, for the tests to read, and for a person to set. */
export function urlVariable(name: ServerName): string {
  return `SIGNALBOX_TEST_${name.toUpperCase()}_URL`;
}

/** What the runner has to know of a kind of server to bring one. */
export interface ServerKind {
  readonly name: ServerName;
  /** As a person writes it: "PostgreSQL". */
  readonly title: string;
  /** The server's program, by its possible names, and the oldest version that the product supports. */
  readonly programs: readonly string[];
  readonly least: Version;
  /** What brings it: a Debian package, an official image. */
  readonly debianPackage: string;
  readonly image: string;
  /** The port inside the image. */
  readonly imagePort: number;
  /** Accounts that its packages make. */
  readonly accounts: readonly string[];
  /** How a local program is started in a place; fails if a program that belongs to it is missing. */
  plan(program: string, version: Version, place: Place): Pick<Plan, "prepare" | "serve" | "signal"> & { files: Record<string, string> };
  /** Options of `docker run` that set the password, and the arguments of the image. */
  container(place: Place): { options: readonly string[]; arguments: readonly string[] };
  /** The URL of a server that this run has started, for a user who may create databases and users. */
  url(place: Place): string;
  /** Resolves once the server at a URL answers to its user; rejects if it does not, or not yet. */
  ping(url: string): Promise<void>;
}

/** The command of a companion program, or a failure that names it. */
export function need(program: string | undefined, name: string): Command {
  if (!program) throw new Error(`${name} is not installed`);
  return [program];
}
