import { databases, parseArguments, type Selection, usage } from "./arguments.ts";
import { type Brought, bringServers, kinds } from "./servers/bring.ts";
import { urlVariable } from "./servers/kind.ts";
import { runSuite } from "./suite.ts";
import { summary, type Tally } from "./tally.ts";

/** Brings what the tests need, runs them, takes everything away again, and ends with one line that counts. */
async function main(words: readonly string[], signal: AbortSignal): Promise<number> {
  const selection = parseArguments(words);
  const servers = await bringServers(selection.servers, signal, console.log);
  for (const { kind, url, from } of servers) console.log(`${kind.title.padEnd(10)}  ${withoutPassword(url)}  (${from})`);
  let result: Tally & { exitCode: number };
  try {
    result = await runSuite(selection.vitest, environmentOf(selection, servers), signal);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  for (const line of leftOut(selection)) console.log(line);
  if (result.passed + result.failed === 0) console.log("No test ran, so nothing is proven: the run counts as failed.");
  console.log(summary(result));
  return result.exitCode !== 0 || result.failed > 0 || result.passed === 0 ? 1 : 0;
}

function environmentOf(selection: Selection, servers: readonly Brought[]): Record<string, string> {
  return {
    // MariaDB is the one server of the MySQL family that is tested; the tests name the dialect.
    SIGNALBOX_TEST_DATABASES: selection.databases.map((name) => (name === "mariadb" ? "mysql" : name)).join(","),
    SIGNALBOX_TEST_SOAK: String(selection.soak),
    // A URL of a server that was not chosen must not reach the tests.
    ...Object.fromEntries(Object.values(kinds).map(({ name }) => [urlVariable(name), ""])),
    ...Object.fromEntries(servers.map(({ kind, url }) => [urlVariable(kind.name), url])),
  };
}

function leftOut(selection: Selection): string[] {
  const titles = Object.values(kinds)
    .filter(({ name }) => !selection.servers.includes(name))
    .map(({ title }) => title);
  if (!selection.databases.includes("sqlite")) titles.unshift("SQLite");
  if (titles.length === 0) return [];
  return [
    `Left out: everything that needs ${titles.join(", ")} (--database ${selection.databases.join(",")}; ${databases.join(", ")} are all).`,
  ];
}

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = parsed.password && "***";
  return parsed.href;
}

const words = process.argv.slice(2);
if (words.includes("--help") || words.includes("-h")) {
  console.log(usage);
  process.exit(0);
}
const ending = new AbortController();
for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
] as const) {
  process.on(signal, () => {
    // The second time without waiting: the watchdogs finish alone.
    if (ending.signal.aborted) process.exit(128 + number);
    process.exitCode = 128 + number;
    ending.abort(new Error(`ended by ${signal}`));
  });
}
try {
  const code = await main(words, ending.signal);
  process.exitCode ??= code;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (!ending.signal.aborted) console.log(summary({ passed: 0, failed: 0, skipped: 0 }));
  process.exitCode ??= 1;
}
