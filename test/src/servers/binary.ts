import { execFile } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const runFile = promisify(execFile);

/** Major and minor number. */
export type Version = readonly [major: number, minor: number];

/** The `bin` folders of a root's entries, newest version first. */
function binFolders(root: string, wanted: RegExp): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => wanted.test(name))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((name) => join(root, name, "bin"));
}

/** Every folder that may hold a server program: PATH first, then where Debian, Red Hat and Homebrew put servers. */
function programFolders(): string[] {
  return [
    ...(process.env.PATH ?? "").split(delimiter).filter((path) => path !== ""),
    ...binFolders("/usr/lib/postgresql", /^\d+$/),
    ...binFolders("/usr", /^pgsql-\d+$/),
    "/usr/sbin",
    "/usr/local/sbin",
    ...["/opt/homebrew/opt", "/usr/local/opt"].flatMap((root) => binFolders(root, /^(postgresql|mariadb|redis|valkey)/)),
  ];
}

/** The major and minor number in what `--version` of PostgreSQL, MariaDB, Redis or Valkey prints. */
export function parseVersion(text: string): Version {
  const [, major = "0", minor = "0"] = /(?:Ver |\) |v=)(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return [Number(major), Number(minor)];
}

export function isAtLeast(version: Version, least: Version): boolean {
  return version[0] !== least[0] ? version[0] > least[0] : version[1] >= least[1];
}

/** The first of these server programs on this machine that is new enough: its path and its version. */
export async function findServer(names: readonly string[], least: Version): Promise<{ path: string; version: Version } | undefined> {
  for (const path of programFolders().flatMap((folder) => names.map((name) => join(folder, name)))) {
    if (!existsSync(path)) continue;
    const { stdout } = await runFile(path, ["--version"]).catch(() => ({ stdout: "" }));
    const version = parseVersion(stdout);
    if (isAtLeast(version, least)) return { path, version };
  }
  return undefined;
}

/** A program that comes with a server: beside it, in the folders of its installation, or anywhere else that programs are. */
export function findCompanion(names: readonly string[], server: string): string | undefined {
  const home = dirname(realpathSync(server));
  const folders = [home, join(home, "../bin"), join(home, "../scripts"), ...programFolders()];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}
