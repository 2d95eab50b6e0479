import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { type Received, type TestServer, testServer } from "./http-server.ts";

/** What the repositories of tests hold. */
export const sha = "9c1e2f7d3b5a4c6e8f0a1b2c3d4e5f6a7b8c9d0e";
export const archive = gzipSync(Buffer.from("the files of a commit".repeat(1000)));
export const token = "host-canary-token";

type Answers = (received: Received, path: string, query: URLSearchParams) => unknown;

/** An answer that is no JSON. */
export interface Raw {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}
const raw = (answer: Raw) => ({ raw: answer });

/** A host that answers JSON to those who have the token, and 404 to others, as hosts do for what is private. */
const host = (answers: Answers, wanted: (received: Received) => boolean, headers: Record<string, string> = {}): Promise<TestServer> =>
  testServer((received, response) => {
    const { pathname, searchParams } = new URL(received.url, "http://host");
    const answer = wanted(received) ? answers(received, pathname, searchParams) : undefined;
    send(response, answer, headers);
  });

function send(response: ServerResponse, answer: unknown, headers: Record<string, string>): void {
  const { raw: plain } = (answer ?? {}) as { raw?: Raw };
  if (plain) response.writeHead(plain.status, plain.headers).end(plain.body);
  else if (answer === undefined) response.writeHead(404, { "content-type": "application/json" }).end('{"message":"Not Found"}');
  else response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(answer));
}

const bearer = ({ headers }: Received) => headers.authorization === `Bearer ${token}`;
const archived = raw({ status: 200, headers: { "content-type": "application/gzip" }, body: archive });
const isRef = (ref: string) => ["main", "feature/x", "v1.0", sha].includes(decodeURIComponent(ref));

/** A GitHub Enterprise Server, with the second server that GitHub keeps its archives on. */
export async function githubServer(): Promise<TestServer & { readonly archives: TestServer }> {
  const archives = await testServer(({ headers, url }, response) => {
    // It goes by the token in the address, and takes a second one for an attack.
    const good = headers.authorization === undefined && url === `/acme/churn/legacy.tar.gz/${sha}?token=one-time`;
    send(response, good ? archived : undefined, {});
  });
  const server = await host((_, path) => {
    const [, ref] = /^\/api\/v3\/repos\/acme\/churn\/commits\/([^/]+)$/.exec(path) ?? [];
    if (path === "/api/v3/repos/acme/churn") return { default_branch: "main", private: true };
    if (path === "/api/v3/user") return { login: "ada" };
    if (ref !== undefined) {
      if (!isRef(ref)) return raw({ status: 422, body: Buffer.from('{"message":"No commit found for SHA: nope"}') });
      const who = { name: "Ada", date: "2026-05-01T12:00:00Z" };
      return { sha, commit: { message: "Fit it\n\nand more", author: who, committer: who }, files: [] };
    }
    if (path === `/api/v3/repos/acme/churn/tarball/${sha}`)
      return raw({ status: 302, headers: { location: `${archives.url}/acme/churn/legacy.tar.gz/${sha}?token=one-time` } });
    return undefined;
  }, bearer);
  const { close } = server;
  return Object.assign(server, { archives, close: async () => void (await Promise.all([archives.close(), close()])) });
}

export const gitlabServer = () =>
  host((_, path, query) => {
    const project = "/api/v4/projects/acme%2Fml%2Fchurn";
    const [, ref] = /\/repository\/commits\/([^/]+)$/.exec(path) ?? [];
    if (path === project) return { default_branch: "main", visibility: "internal" };
    if (path === "/api/v4/user") return { username: "ada" };
    if (path.startsWith(project) && ref !== undefined && isRef(ref))
      return { id: sha, title: "Fit it", message: "Fit it\n", author_name: "Ada", committed_date: "2026-05-01T14:00:00.000+02:00" };
    if (path === `${project}/repository/archive.tar.gz` && query.get("sha") === sha) return archived;
    return undefined;
  }, bearer);

/** Bitbucket Cloud: its API, and its archives beside it. */
export const bitbucketServer = () =>
  host((_, path) => {
    const repository = "/2.0/repositories/acme/churn";
    const [, ref] = /\/commit\/([^/]+)$/.exec(path) ?? [];
    if (path === repository) return { mainbranch: { name: "main" }, is_private: true };
    // A token of one repository is nobody's.
    if (path === "/2.0/user") return raw({ status: 403 });
    if (path.startsWith(repository) && ref !== undefined && isRef(ref))
      return { hash: sha, message: "Fit it", date: "2026-05-01T12:00:00+00:00", author: { raw: "Ada <ada@acme.org>", user: {} } };
    if (path === `/acme/churn/get/${sha}.tar.gz`) return archived;
    return undefined;
  }, bearer);

export const dataCenterServer = () =>
  host(
    (_, path, query) => {
      const repository = "/bb/rest/api/latest/projects/ML/repos/churn";
      const [, ref] = /\/commits\/([^/]+)$/.exec(path) ?? [];
      if (path === repository) return { public: false };
      if (path === `${repository}/default-branch`) return { displayId: "main" };
      if (path.startsWith(repository) && ref !== undefined && isRef(ref))
        return { id: sha, message: "Fit it", author: { name: "ada", displayName: "Ada" }, committerTimestamp: 1_777_636_800_000 };
      if (path === `${repository}/archive` && query.get("at") === sha && query.get("format") === "tar.gz") return archived;
      return undefined;
    },
    ({ headers }) => headers.authorization === `Basic ${Buffer.from(`ada:${token}`).toString("base64")}`,
    { "x-ausername": "ada" },
  );
