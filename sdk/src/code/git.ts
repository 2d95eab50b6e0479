import { execFile } from "node:child_process";
import { dirname, relative, sep } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const timeoutMs = 5_000;

/** Where code lies: a commit, and whether the files differ from it. */
export interface CodeReference {
  readonly repository: string;
  readonly commit: string;
  /** The file in the repository. */
  readonly path: string;
  readonly dirty: boolean;
}

/** What git knows of a file; undefined where it lies in no repository or there is no git. */
export async function readCodeReference(file: string): Promise<CodeReference | undefined> {
  const cwd = dirname(file);
  const git = async (...args: string[]) => (await run("git", args, { cwd, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 })).stdout.trim();
  try {
    const [commit, root, status, remote] = await Promise.all([
      git("rev-parse", "HEAD"),
      git("rev-parse", "--show-toplevel"),
      git("status", "--porcelain"),
      git("remote", "get-url", "origin").catch(() => ""),
    ]);
    return {
      repository: withoutPassword(remote).slice(0, 2_048),
      commit,
      path: relative(root, file).split(sep).join("/"),
      dirty: status !== "",
    };
  } catch {
    return undefined;
  }
}

/** The address of a repository without the user and password that it may carry. */
export function withoutPassword(remote: string): string {
  if (!URL.canParse(remote)) return remote;
  const url = new URL(remote);
  if (!url.password && !/^https?:$/.test(url.protocol)) return remote;
  url.username = "";
  url.password = "";
  return url.href;
}
