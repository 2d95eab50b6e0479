import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestServer, testServer } from "./http-server.ts";

export interface GitServer extends TestServer {
  /** Runs git in the repository. */
  git(...args: string[]): string;
  /** What git says to an input. */
  tell(input: string | Buffer, ...args: string[]): string;
}

/** Whether this machine has a git that serves over http. */
export const hasGit: boolean = (() => {
  try {
    execFileSync("git", ["--exec-path"]);
    return true;
  } catch {
    return false;
  }
})();

/** Serves /churn.git by git's own `http-backend`, to who has the password. */
export async function gitServer(password: string, format: "sha1" | "sha256" = "sha1"): Promise<GitServer> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-git-"));
  const work = join(folder, "churn.git");
  const who = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@acme.org", GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@acme.org" };
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1", ...who };
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", work, ...args], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=trunk", `--object-format=${format}`, work], { env });
  const tell = (input: string | Buffer, ...args: string[]) =>
    execFileSync("git", ["-C", work, ...args], { env, input })
      .toString()
      .trim();
  const tree = tell("", "mktree");
  git("update-ref", "refs/heads/trunk", git("commit-tree", "-m", "Fit it", tree));
  git("update-ref", "refs/heads/feature/x", git("commit-tree", "-m", "More", "-p", "refs/heads/trunk", tree));
  git("tag", "-a", "-m", "the first", "v1.0", "refs/heads/trunk");
  const authorization = `Basic ${Buffer.from(`git:${password}`).toString("base64")}`;
  const server = await testServer(async (received, response) => {
    if (received.headers.authorization !== authorization) return response.writeHead(401, { "www-authenticate": "Basic" }).end();
    const { pathname, search } = new URL(received.url, "http://host");
    const cgi = {
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: received.method,
      CONTENT_TYPE: received.headers["content-type"] ?? "",
      CONTENT_LENGTH: String(received.body.length),
    };
    const backend = spawn("git", ["http-backend"], { env: { ...env, ...cgi }, stdio: ["pipe", "pipe", "ignore"] });
    backend.stdin.on("error", () => {}).end(received.body);
    const answer = await buffer(backend.stdout);
    const end = answer.indexOf("\r\n\r\n");
    const status = /^Status: (\d+)/m.exec(answer.toString("latin1", 0, end))?.[1] ?? "200";
    return response.writeHead(Number(status)).end(answer.subarray(end + 4));
  });
  const { close } = server;
  return Object.assign(server, {
    git,
    tell,
    async close() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
