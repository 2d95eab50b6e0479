import { installPackages, mayInstallPackages } from "./debian.ts";
import { startContainer } from "./docker.ts";
import { type ServerKind, type ServerName, urlVariable } from "./kind.ts";
import { type Started, startLocal } from "./local.ts";
import { mariadb } from "./mariadb.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";

export const kinds: Readonly<Record<ServerName, ServerKind>> = { postgres, mariadb, redis };

/** A server for the tests, and in words where it comes from. */
export interface Brought extends Pick<Started, "url" | "stop"> {
  readonly kind: ServerKind;
  readonly from: string;
}

/**
 * Finds or brings one server of each name, all at once: one that the environment names, else one
 * started from a program of this machine, else from a package, else from an image. Those it starts
 * are private to this run. Fails as a whole, leaves none running then, and says what a person can do.
 */
export async function bringServers(names: readonly ServerName[], signal: AbortSignal, say: (line: string) => void): Promise<Brought[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const brought: Brought[] = [];
  const missing: ServerKind[] = [];
  const each = (wanted: readonly ServerKind[], find: (kind: ServerKind) => Promise<Brought | undefined>) =>
    Promise.allSettled(
      wanted.map(async (kind) => {
        try {
          const found = await find(kind);
          if (found) brought.push(found);
          else missing.push(kind);
        } catch (error) {
          failed.abort(error);
          throw error;
        }
      }),
    );
  const next = (find: (kind: ServerKind) => Promise<Brought | undefined>) => each(missing.splice(0), find);

  try {
    missing.push(...names.map((name) => kinds[name]));
    await next(fromEnvironment);
    await next((kind) => fromMachine(kind, either));
    if (missing.length > 0 && !either.aborted && mayInstallPackages()) {
      const packages = missing.map((kind) => kind.debianPackage);
      say(`installing ${packages.join(", ")} with apt-get`);
      await installPackages(packages, either).catch((error: unknown) => say(error instanceof Error ? error.message : String(error)));
      await next((kind) => fromMachine(kind, either));
    }
    await next((kind) => fromImage(kind, either));
    either.throwIfAborted();
    if (missing.length > 0) throw new Error(advice(missing));
    return names.flatMap((name) => brought.filter(({ kind }) => kind.name === name));
  } catch (error) {
    await Promise.all(brought.map((server) => server.stop()));
    throw error;
  }
}

async function fromEnvironment(kind: ServerKind): Promise<Brought | undefined> {
  const variable = urlVariable(kind.name);
  const url = process.env[variable];
  if (!url) return undefined;
  try {
    await kind.ping(url);
  } catch (cause) {
    throw new Error(`${variable} is set, but no ${kind.title} answers there: ${reason(cause)}`, { cause });
  }
  return { kind, url, from: variable, stop: async () => {} };
}

async function fromMachine(kind: ServerKind, signal: AbortSignal): Promise<Brought | undefined> {
  const started = await startLocal(kind, signal);
  return started && { kind, ...started, from: "started for this run" };
}

async function fromImage(kind: ServerKind, signal: AbortSignal): Promise<Brought | undefined> {
  const started = await startContainer(kind, signal);
  return started && { kind, ...started, from: `${kind.image}, started for this run` };
}

function reason(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reason(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}

function advice(missing: readonly ServerKind[]): string {
  const wanted = missing.map(({ title, least }) => `${title} ${least[1] === 0 ? least[0] : least.join(".")} or newer`);
  const packages = missing.map((kind) => kind.debianPackage).join(" ");
  const variables = missing.map((kind) => urlVariable(kind.name));
  return [
    `The tests need ${wanted.join(" and ")}, and this machine has none. Any one of these helps:`,
    `  install it      Debian and Ubuntu: apt-get install ${packages}`,
    "  start Docker    the official images are used",
    `  point at one    set ${variables.join(", ")}`,
    "  leave it out    npm test -- --database sqlite",
  ].join("\n");
}
