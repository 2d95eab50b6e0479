import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { id } from "./demo.ts";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: { XDG_CONFIG_HOME: string };
let workspaces: readonly { id: string; name: string }[];
let password: string;
/** Whether somebody else chose the password. */
let given = false;
let signedOut: (string | null)[];

const ada = { id: id(9), name: "ada" };

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(AuthService, {
      signIn: async (request) => {
        if (request.password !== password) throw failing(Reason.PASSWORD_WRONG, "user name and password do not match");
        const soon = timestampFromMs(Date.now() + 900_000);
        const tokens = { accessToken: "access", accessExpireTime: soon, refreshToken: "sbr_1" };
        return { principal: ada, tokens, mustChangePassword: given };
      },
      refreshSession: async () => ({ tokens: { accessToken: "renewed", refreshToken: "sbr_2" } }),
      exchangeToken: async ({ credential }) => {
        if (credential !== "sbk_1") throw failing(Reason.TOKEN_INVALID, "the key is unknown");
        return { principal: ada };
      },
      getSelf: async (_, { requestHeader }) => ({ principal: { id: id(9), name: requestHeader.get("authorization") ?? "" }, kind: "user" }),
      changePassword: async (request) => {
        if (request.password !== password) throw failing(Reason.PASSWORD_WRONG, "the present password is wrong");
        password = request.newPassword;
        given = false;
        return {};
      },
      signOut: async (_, { requestHeader }) => {
        signedOut.push(requestHeader.get("authorization"));
        return {};
      },
    });
    service(WorkspaceService, {
      listWorkspaces: async () => ({ workspaces: [...workspaces] }),
      getWorkspace: async ({ workspace }) => {
        const found = workspaces.find(({ id, name }) => workspace === id || workspace === name);
        if (!found) throw failing(Reason.NOT_FOUND, `there is no workspace "${workspace}"`);
        return { workspace: found };
      },
    });
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  env = await emptyHome();
  workspaces = [{ id: id(5), name: "main" }];
  password = "correct horse";
  given = false;
  signedOut = [];
});

const login = (...more: string[]) => ["login", server.url, "--user", "ada", "--password-stdin", ...more];
const profilesFile = () => join(env.XDG_CONFIG_HOME, "signalbox", "profiles.json");
const profiles = async () => JSON.parse(await readFile(profilesFile(), "utf8"));

test("signing in keeps a session in a profile that only its owner reads", async () => {
  const { code, out } = await runCli(login(), { env, stdin: "correct horse\n" });
  expect({ code, out }).toEqual({ code: 0, out: `signed in at ${server.url} as ada, workspace main (profile default)\n` });
  expect(await profiles()).toMatchObject({
    current: "default",
    profiles: { default: { url: server.url, refreshToken: "sbr_1", accessToken: "access", workspace: id(5) } },
  });
  expect((await stat(profilesFile())).mode & 0o777).toBe(0o600);
  expect((await runCli(["whoami"], { env })).out).toContain(`Bearer access (user) at ${server.url}`);
  expect(JSON.parse((await runCli(["whoami", "--json"], { env })).out)).toMatchObject({
    kind: "user",
    profile: "default",
    workspace: id(5),
  });
});

test("a wrong password keeps nothing", async () => {
  expect(await runCli(login(), { env, stdin: "wrong" })).toMatchObject({ code: 3, err: "error: user name and password do not match\n" });
  await expect(profiles()).rejects.toThrow("ENOENT");
});

test("of several workspaces one has to be named where nobody can be asked", async () => {
  workspaces = [...workspaces, { id: id(6), name: "ml-eu" }];
  expect(await runCli(login(), { env, stdin: "correct horse" })).toMatchObject({ code: 2, err: expect.stringContaining("main, ml-eu") });
  expect(signedOut).toEqual(["Bearer access"]);
  expect(await runCli(login("--workspace", "ml-eu"), { env, stdin: "correct horse" })).toMatchObject({ code: 0 });
  expect((await profiles()).profiles.default.workspace).toBe(id(6));
  expect(await runCli(login("--workspace", "nope"), { env, stdin: "correct horse" })).toMatchObject({ code: 4 });
});

test("an API key is kept as it is, under the profile that was named", async () => {
  const { code } = await runCli(["login", server.url, "--api-key-stdin", "--profile", "ci"], { env, stdin: "sbk_1\n" });
  expect(code).toBe(0);
  expect((await profiles()).profiles.ci).toEqual({ url: server.url, apiKey: "sbk_1", workspace: id(5) });
  expect(await runCli(["login", server.url, "--api-key-stdin"], { env, stdin: "sbk_2" })).toMatchObject({ code: 3 });
});

test("signing out ends the session and forgets the profile", async () => {
  await runCli(login(), { env, stdin: "correct horse" });
  expect(await runCli(["logout"], { env })).toMatchObject({ code: 0, out: expect.stringContaining("signed out") });
  expect(signedOut).toEqual(["Bearer access"]);
  expect((await profiles()).profiles).toEqual({});
  expect(await runCli(["logout"], { env })).toMatchObject({ code: 0, out: "nobody was signed in\n" });
});

test("a password that somebody else chose is changed before anything else", async () => {
  given = true;
  const first = await runCli(login(), { env, stdin: "correct horse" });
  expect(first).toMatchObject({
    code: 0,
    out: expect.stringContaining("workspace none"),
    err: expect.stringContaining("npx signalbox passwd"),
  });
  expect(await runCli(["passwd", "--password-stdin"], { env, stdin: "correct horse\nbattery staple\n" })).toMatchObject({ code: 0 });
  expect((await profiles()).profiles.default).not.toHaveProperty("accessToken");
  expect(await runCli(["logout"], { env })).toMatchObject({ code: 0 });
  expect(signedOut).toEqual(["Bearer renewed"]);
});

test("a password is changed from standard input", async () => {
  await runCli(login(), { env, stdin: "correct horse" });
  expect(await runCli(["passwd", "--password-stdin"], { env, stdin: "correct horse\nbattery staple\n" })).toMatchObject({ code: 0 });
  expect(password).toBe("battery staple");
  expect(await runCli(["passwd", "--password-stdin"], { env, stdin: "wrong\nbattery staple\n" })).toMatchObject({ code: 3 });
  expect(await runCli(["passwd"], { env })).toMatchObject({ code: 2, err: expect.stringContaining("hint:  --password-stdin") });
});
