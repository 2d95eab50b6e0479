import { describe } from "vitest";
import { type ServerName, urlVariable } from "./servers/kind.ts";

const titles: Readonly<Record<ServerName, string>> = { postgres: "PostgreSQL", mariadb: "MariaDB", redis: "Redis" };

/** The URL of a server that this run has, for a user who may create databases; undefined if it was left out. */
export function serverUrl(name: ServerName): string | undefined {
  return process.env[urlVariable(name)] || undefined;
}

/** `describe` where the run has the server; elsewhere a `describe` that skips by name and prints why. */
export function needsServer(name: ServerName): typeof describe | typeof describe.skip {
  if (serverUrl(name)) return describe;
  const skip = ((title: string, ...rest: [never]) => {
    console.warn(`skipped: "${title}" needs ${titles[name]}, and this run has none (npm test brings it)`);
    return describe.skip(title, ...rest);
  }) as typeof describe.skip;
  return skip;
}

/** {@link needsServer} for an engine that has one. */
export function needsEngine(dialect: "postgres" | "mysql"): typeof describe | typeof describe.skip {
  return needsServer(dialect === "mysql" ? "mariadb" : dialect);
}

/** {@link needsServer} for Redis. */
export function needsRedis(): typeof describe | typeof describe.skip {
  return needsServer("redis");
}
