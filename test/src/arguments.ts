import type { ServerName } from "./servers/kind.ts";

export const databases = ["sqlite", "postgres", "mariadb"] as const;
export type DatabaseName = (typeof databases)[number];

/** What a run of the tests covers. */
export interface Selection {
  readonly databases: readonly DatabaseName[];
  readonly servers: readonly ServerName[];
  /** Whether the tests of faults run alone, in their long form. */
  readonly soak: boolean;
  /** Everything that is vitest's business: filters and its own options. */
  readonly vitest: readonly string[];
}

export const usage = `usage: npm test -- [--database sqlite|postgres|mariadb|all] [--soak] [vitest filters and options]
  --database   which databases the tests run on; several are joined by commas; all if not given
               sqlite alone starts no server; any other brings Redis too
  --soak       only the tests of faults, in their long form, as \`npm run soak\` does: it takes an hour or more
  Servers come from SIGNALBOX_TEST_POSTGRES_URL, SIGNALBOX_TEST_MARIADB_URL and SIGNALBOX_TEST_REDIS_URL
  where those are set; the others are started for the run and end with it.`;

/** Reads the command line; fails with a sentence if a database is not one of ours. */
export function parseArguments(words: readonly string[]): Selection {
  const chosen: string[] = [];
  const vitest: string[] = [];
  let soak = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--database") chosen.push(words[++i] ?? "");
    else if (word.startsWith("--database=")) chosen.push(word.slice("--database=".length));
    else if (word === "--soak") soak = true;
    else vitest.push(word);
  }
  const names = chosen.flatMap((value) => value.split(","));
  const unknown = names.find((name) => name !== "all" && !databases.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--database takes ${databases.join(", ")} or all, not "${unknown}"`);
  const all = names.length === 0 || names.includes("all");
  const wanted = databases.filter((name) => all || names.includes(name));
  const withServer = wanted.filter((name) => name !== "sqlite");
  const servers: readonly ServerName[] = withServer.length > 0 ? [...withServer, "redis"] : [];
  return { databases: wanted, servers, soak, vitest: soak ? ["--project", "faults", ...vitest] : vitest };
}
