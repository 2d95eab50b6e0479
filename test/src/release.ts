import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const git = (...words: string[]): string =>
  execFileSync("git", words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();

/** What stands for a release until there is one: all after it keeps its promises to it already. */
const promised = "e1e021b";

/**
 * The release before this tree: the commit that SIGNALBOX_TEST_RELEASE names, else the newest tag that it grew from, else
 * what stands for one. Undefined where this clone has none of them.
 */
export function releaseBefore(): string | undefined {
  if (process.env.SIGNALBOX_TEST_RELEASE) return process.env.SIGNALBOX_TEST_RELEASE;
  const tag = asked("describe", "--tags", "--abbrev=0");
  return tag ?? (asked("cat-file", "-t", promised) === "commit" ? promised : undefined);
}

function asked(...words: string[]): string | undefined {
  try {
    return git(...words);
  } catch {
    return undefined;
  }
}

/** The files of another commit beside this tree, with the packages that this tree has installed. */
export interface Checkout {
  readonly folder: string;
  remove(): void;
}

export function checkOut(commit: string): Checkout {
  const folder = join(mkdtempSync(join(tmpdir(), "signalbox-release-")), "tree");
  git("worktree", "add", "--detach", folder, commit);
  // Not one link to the folder: the links in it lead to packages of the tree that it lies in.
  execFileSync("cp", ["-a", join(root, "node_modules"), folder]);
  return {
    folder,
    remove() {
      git("worktree", "remove", "--force", folder);
      rmSync(join(folder, ".."), { recursive: true, force: true });
    },
  };
}
