import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archive, bitbucketServer, dataCenterServer, githubServer, gitlabServer, sha, token } from "./code-hosts.ts";
import { aName, auditOf, dumpOf, type Plane, plane, type Replica, spellings } from "./fixtures.ts";
import { gitServer, hasGit } from "./git-server.ts";
import type { TestServer } from "./http-server.ts";

const { GITHUB, GITLAB, BITBUCKET, BITBUCKET_DATA_CENTER, GIT } = CodeHost;

describe.each(dialects)("on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  let servers: Readonly<Record<"github" | "gitlab" | "bitbucket" | "dataCenter", TestServer>>;
  let secret: string;

  beforeAll(async () => {
    it = await plane(dialect);
    part = await it.replica({ privateHosts: ["127.0.0.1"] });
    const [github, gitlab, bitbucket, dataCenter] = await Promise.all([
      githubServer(),
      gitlabServer(),
      bitbucketServer(),
      dataCenterServer(),
    ]);
    servers = { github, gitlab, bitbucket, dataCenter };
    secret = (await part.secrets.createSecret({ name: aName(), values: { token, other: "not this one" } })).secret?.id ?? "";
  });
  afterAll(async () => {
    await Promise.all(Object.values(servers ?? {}).map((server) => server.close()));
    await it?.close();
  });

  async function withToken(host: CodeHost, address: string, over: { user?: string; apiAddress?: string } = {}) {
    const { id } = it.register({ host, address });
    await part.code.setCodeAccess({ codeRepository: id, secret, ...over });
    return id;
  }

  async function downloaded(codeRepository: string, commit = sha): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const { chunk } of part.code.downloadArchive({ codeRepository, commit })) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  const commitTime = timestampFromDate(new Date("2026-05-01T12:00:00Z"));
  describe.each([
    ["GitHub", GITHUB, "github", "/acme/churn", {}, "ada"],
    ["GitLab", GITLAB, "gitlab", "/acme/ml/churn.git", {}, "ada"],
    ["Bitbucket", BITBUCKET, "bitbucket", "/acme/churn", { api: "/2.0" }, ""],
    ["Bitbucket Data Center", BITBUCKET_DATA_CENTER, "dataCenter", "/bb/projects/ML/repos/churn", { user: "ada" }, "ada"],
  ] as const)("%s", (_, host, name, path, { api, user = "" }: { api?: string; user?: string }, account) => {
    const open = () => {
      const { url } = servers[name];
      return withToken(host, url + path, { user, ...(api !== undefined && { apiAddress: `${url}${api}` }) });
    };

    test("is asked whether the repository is there, which commit a name stands for, and for its files", async () => {
      const codeRepository = await open();
      expect(await part.code.verifyCodeRepository({ codeRepository })).toMatchObject({ account, defaultBranch: "main", private: true });
      for (const ref of ["main", "feature/x", "v1.0", sha]) {
        expect(await part.code.getCommit({ codeRepository, ref })).toMatchObject({ commit: sha, title: "Fit it", commitTime });
      }
      expect((await downloaded(codeRepository)).equals(archive)).toBe(true);
    });

    test("says that there is no such commit, and refuses a wrong token", async () => {
      const codeRepository = await open();
      await expect(part.code.getCommit({ codeRepository, ref: "nope" })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
      await expect(downloaded(codeRepository, "9c1e2f7")).rejects.toMatchObject({ reason: Reason.FIELD_INVALID });
      await expect(downloaded(codeRepository, "0".repeat(40))).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
      await part.code.setCodeAccess({
        codeRepository,
        secret,
        key: "other",
        user,
        ...(api && { apiAddress: `${servers[name].url}${api}` }),
      });
      const refused = part.code.verifyCodeRepository({ codeRepository });
      await expect(refused).rejects.toMatchObject({ reason: Reason.PROVIDER_REFUSED, metadata: { code: "http_404" } });
    });

    test("is waited for, a while", async () => {
      const codeRepository = await open();
      const verifying = () => part.code.verifyCodeRepository({ codeRepository });
      const server = servers[name];
      const unavailable = (code: string) => ({ reason: Reason.PROVIDER_UNAVAILABLE, metadata: expect.objectContaining({ code }) });
      try {
        server.trouble = { kind: "status", status: 429, headers: { "retry-after": "7" }, body: token };
        await expect(verifying()).rejects.toMatchObject({ ...unavailable("http_429"), retryAfterMs: 7000 });
        server.trouble = { kind: "status", status: 502 };
        await expect(verifying()).rejects.toMatchObject(unavailable("http_502"));
        server.trouble = { kind: "drop" };
        await expect(verifying()).rejects.toMatchObject({ reason: Reason.PROVIDER_UNAVAILABLE });
        server.trouble = { kind: "status", status: 200, body: `<html>${token}` };
        await expect(verifying()).rejects.toMatchObject(unavailable("answer_unreadable"));
        await expect(downloaded(codeRepository)).rejects.toMatchObject(unavailable("answer_unreadable"));
        server.trouble = { kind: "status", status: 302, headers: { location: "http://169.254.169.254/latest/meta-data" } };
        const refused = { reason: Reason.PROVIDER_REFUSED, metadata: expect.objectContaining({ code: "address_refused" }) };
        await expect(verifying()).rejects.toMatchObject(refused);
        await expect(downloaded(codeRepository)).rejects.toMatchObject(refused);
      } finally {
        server.trouble = undefined;
      }
    });
  });

  test.skipIf(!hasGit)("git itself is asked for its refs, and for a commit", async () => {
    const server = await gitServer(token);
    try {
      const codeRepository = await withToken(GIT, `${server.url}/churn.git`);
      expect(await part.code.verifyCodeRepository({ codeRepository })).toMatchObject({ defaultBranch: "trunk" });
      const of = async (ref: string) => (await part.code.getCommit({ codeRepository, ref })).commit;
      const trunk = server.git("rev-parse", "refs/heads/trunk");
      expect([await of("trunk"), await of("HEAD"), await of("heads/trunk"), await of("v1.0"), await of(trunk)]).toEqual(
        Array(5).fill(trunk),
      );
      expect(await of("feature/x")).toBe(server.git("rev-parse", "refs/heads/feature/x"));
      await expect(of("nope")).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
      expect((await downloaded(codeRepository, trunk)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
      await expect(downloaded(codeRepository)).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
      // What was refused is written a moment later, or just before.
      expect((await auditOf(it, "DownloadArchive")).map(({ subject }) => subject)).toContain(codeRepository);
      await part.code.setCodeAccess({ codeRepository, secret, key: "other" });
      await expect(downloaded(codeRepository, trunk)).rejects.toMatchObject({
        reason: Reason.PROVIDER_REFUSED,
        metadata: { code: "http_401" },
      });
    } finally {
      await server.close();
    }
  });

  test.each([
    "..",
    "../../user",
    "main/..",
    "a..b",
    "/main",
    "main/",
    ".hidden",
    "-f",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?b",
    "a*",
    "a[b",
    "a\\b",
    "a//b",
    "@{1}",
    "a.",
    "x\u0000",
  ])("%j is no ref", async (ref) => {
    const { id: codeRepository } = it.register({ host: GITLAB, address: `${servers.gitlab.url}/acme/ml/churn` });
    const before = servers.gitlab.received.length;
    await expect(part.code.getCommit({ codeRepository, ref })).rejects.toMatchObject({ reason: Reason.FIELD_INVALID });
    expect(servers.gitlab.received).toHaveLength(before);
  });

  test("a repository that all may read is asked without a token", async () => {
    const { id } = it.register({ host: GITLAB, address: `${servers.gitlab.url}/acme/ml/churn` });
    await expect(part.code.verifyCodeRepository({ codeRepository: id })).rejects.toMatchObject({ metadata: { code: "http_404" } });
    expect(servers.gitlab.received.at(-1)?.headers.authorization).toBeUndefined();
    await expect(part.code.getCodeAccess({ codeRepository: id })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
  });

  test("what is in a private network is asked where it is named, and nowhere else", async () => {
    const strict = await it.replica();
    const codeRepository = await withToken(GITHUB, `${servers.github.url}/acme/churn`);
    const before = servers.github.received.length;
    const refused = { reason: Reason.PROVIDER_REFUSED, metadata: { provider: "github", code: "address_refused" } };
    await expect(strict.code.verifyCodeRepository({ codeRepository })).rejects.toMatchObject(refused);
    const localhost = it.register({ host: GITHUB, address: "https://localhost/acme/churn" }).id;
    await expect(strict.code.verifyCodeRepository({ codeRepository: localhost })).rejects.toMatchObject(refused);
    expect(servers.github.received).toHaveLength(before);
    const giving = strict.code.setCodeAccess({ codeRepository, apiAddress: "https://10.0.0.1/api" });
    await expect(giving).rejects.toMatchObject({ reason: Reason.FIELD_INVALID, violations: [{ field: "api_address" }] });
  });

  describe("the token", () => {
    test("goes to no address but the one that it was given for", async () => {
      const repository = it.register({ host: GITLAB, address: `${servers.gitlab.url}/acme/ml/churn` });
      const codeRepository = repository.id;
      await part.code.setCodeAccess({ codeRepository, secret });
      const thief = servers.github;
      const before = thief.received.length;
      it.register({ ...repository, address: `${thief.url}/acme/churn` });
      const outdated = { reason: Reason.ACCESS_OUTDATED, metadata: { code_repository: codeRepository } };
      await expect(part.code.verifyCodeRepository({ codeRepository })).rejects.toMatchObject(outdated);
      await expect(downloaded(codeRepository)).rejects.toMatchObject(outdated);
      it.register({ ...repository, host: GITHUB });
      await expect(part.code.getCommit({ codeRepository, ref: "main" })).rejects.toMatchObject(outdated);
      expect(thief.received).toHaveLength(before);
      // Nor does one that is created anew under the same id have it.
      it.register({ ...repository, createTime: timestampFromDate(new Date()) });
      await expect(part.code.verifyCodeRepository({ codeRepository })).rejects.toMatchObject({ metadata: { code: "http_404" } });
      it.register(repository);
      expect(await part.code.verifyCodeRepository({ codeRepository })).toMatchObject({ account: "ada" });
    });

    test("is given by who may read it, and by nobody else", async () => {
      const { id: codeRepository } = it.register({ host: GITLAB, address: `${servers.gitlab.url}/acme/ml/churn` });
      const admins = (await part.as(it.world.admin).secrets.createSecret({ name: aName(), values: { token } })).secret?.id ?? "";
      const giving = (given: string) => part.code.setCodeAccess({ codeRepository, secret: given });
      const missing = { reason: Reason.PERMISSION_MISSING, metadata: { permission: "secret.read_value" } };
      await expect(giving(admins)).rejects.toMatchObject(missing);
      await expect(giving(newUuid())).rejects.toMatchObject({ reason: Reason.NOT_FOUND, metadata: { type: "secret" } });
      await expect(part.code.getCodeAccess({ codeRepository })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
      await expect(part.code.setCodeAccess({ codeRepository, secret, key: "nope" })).rejects.toMatchObject({
        reason: Reason.FIELD_INVALID,
        violations: [{ field: "key" }],
      });
    });

    test("is used by who may have the code, though they may not read it", async () => {
      const codeRepository = await withToken(GITLAB, `${servers.gitlab.url}/acme/ml/churn`);
      const viewer = part.as(it.world.viewer).code;
      expect(await viewer.verifyCodeRepository({ codeRepository })).toMatchObject({ account: "ada" });
      const access = (await viewer.getCodeAccess({ codeRepository })).codeAccess;
      expect(access).toMatchObject({ codeRepository, secret, key: "token", principal: { name: "dev" } });
      await expect(viewer.setCodeAccess({ codeRepository })).rejects.toMatchObject({ reason: Reason.PERMISSION_MISSING });
      await expect(viewer.removeCodeAccess({ codeRepository })).rejects.toMatchObject({ reason: Reason.PERMISSION_MISSING });
      const downloading = async () => {
        for await (const _ of viewer.downloadArchive({ codeRepository, commit: sha }));
      };
      await expect(downloading()).rejects.toMatchObject({ reason: Reason.PERMISSION_MISSING });
      const id = newUuid();
      teachPerson(part.needs.policy, it.world, id, "workspace-developer");
      for await (const { chunk } of part.as(id).code.downloadArchive({ codeRepository, commit: sha }))
        expect(chunk.length).toBeGreaterThan(0);
    });

    test("is taken away by hand, and with its secret", async () => {
      const codeRepository = await withToken(GITLAB, `${servers.gitlab.url}/acme/ml/churn`);
      await part.code.removeCodeAccess({ codeRepository });
      await part.code.removeCodeAccess({ codeRepository });
      const gone = { reason: Reason.NOT_FOUND };
      await expect(part.code.getCodeAccess({ codeRepository })).rejects.toMatchObject(gone);
      const own = (await part.secrets.createSecret({ name: aName(), values: { token } })).secret?.id ?? "";
      await part.code.setCodeAccess({ codeRepository, secret: own });
      await part.secrets.deleteSecret({ secret: own });
      await expect(part.code.getCodeAccess({ codeRepository })).rejects.toMatchObject(gone);
    });

    test("is nowhere but in its secret, and whoever got code is on record", async () => {
      const codeRepository = await withToken(GITHUB, `${servers.github.url}/acme/churn`);
      await downloaded(codeRepository);
      const downloads = await auditOf(it, "DownloadArchive");
      expect(downloads.at(-1)?.subject).toBe(codeRepository);
      const dump = await dumpOf(it);
      for (const spelling of spellings(token)) expect(dump).not.toContain(spelling);
    });
  });
});
