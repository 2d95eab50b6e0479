import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeAccessService, type SetCodeAccessRequest } from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let given: SetCodeAccessRequest | undefined;
let breaksOff = false;
const commit = "9c1e2f7d3b5a4c6e8f0a1b2c3d4e5f6a7b8c9d0e";

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(CodeAccessService, {
      async setCodeAccess(request) {
        given = request;
        return { codeAccess: { codeRepository: request.codeRepository } };
      },
      removeCodeAccess: () => ({}),
      verifyCodeRepository: () => ({ account: "ada", defaultBranch: "main", private: true }),
      getCommit: () => ({ commit, title: "Fit it" }),
      async *downloadArchive() {
        yield { chunk: Buffer.from("some") };
        if (breaksOff) throw failing(Reason.PROVIDER_UNAVAILABLE, "github cannot be asked now: ECONNRESET");
        yield { chunk: Buffer.from(" files") };
      },
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_1", SIGNALBOX_PROJECT: "demo" };
});
beforeEach(() => {
  breaksOff = false;
});
afterAll(() => server.close());

const folder = mkdtempSync(join(tmpdir(), "signalbox-cli-"));

test.each([
  [["access", "churn", "--secret", "github", "--user", "ada"], "churn is asked with the token in github\n"],
  [["access", "churn", "--remove"], "churn is asked without a token\n"],
  [["verify", "churn"], "churn can be read, as ada, default branch main, private\n"],
  [["commit", "churn", "main"], `${commit}  Fit it\n`],
  [["download", "churn", "main", join(folder, "churn.tar.gz")], `${commit} is in ${join(folder, "churn.tar.gz")}\n`],
])("code %j", async (words, out) => {
  expect(await runCli(["code", ...words], { env })).toMatchObject({ code: 0, out });
});

test("what was said of the access arrived, and what was downloaded is there", () => {
  expect(given).toMatchObject({ codeRepository: "churn", project: "demo", secret: "github", user: "ada", key: "" });
  expect(readFileSync(join(folder, "churn.tar.gz"), "utf8")).toBe("some files");
});

test("of a download that breaks off nothing is left", async () => {
  breaksOff = true;
  const file = join(folder, "broken.tar.gz");
  expect((await runCli(["code", "download", "churn", "main", file], { env })).code).toBe(6);
  expect([file, `${file}.part`].map(existsSync)).toEqual([false, false]);
});

test("an access of nothing is refused", async () => {
  expect(await runCli(["code", "access", "churn"], { env })).toMatchObject({ code: 2, err: expect.stringContaining("--secret") });
});
