import { ApiKeyService, type UpdateApiKeyRequest } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { KeyState, PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { type UpdateUserRequest, UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { id } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let changed: UpdateUserRequest | undefined;
let paused: UpdateApiKeyRequest | undefined;
const deleted: string[] = [];

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(UserService, {
      listUsers: async ({ organization }) => ({
        users: [{ id: id(1), userName: "ada", displayName: organization, state: PrincipalState.ACTIVE }],
      }),
      updateUser: async (request) => {
        changed = request;
        return { user: { userName: "ada" } };
      },
      deleteUser: async ({ user }) => {
        deleted.push(user);
        return {};
      },
    });
    service(ServiceAccountService, {
      listServiceAccounts: async () => ({ serviceAccounts: [{ id: id(2), name: "ci", state: PrincipalState.INACTIVE }] }),
      deleteServiceAccount: async ({ serviceAccount }) => {
        deleted.push(serviceAccount);
        return {};
      },
    });
    service(ApiKeyService, {
      listApiKeys: async () => ({ apiKeys: [{ id: id(3), name: "ci", state: KeyState.INACTIVE }] }),
      updateApiKey: async (request) => {
        paused = request;
        return { apiKey: { name: "ci", state: KeyState.INACTIVE } };
      },
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test" };
});
afterAll(() => server.close());

const run = (...args: string[]) => runCli(args, { env });

test("users and service accounts are listed and deleted", async () => {
  expect((await run("users", "list", "acme")).out).toMatch(/ada {2,}acme {2,}active/);
  expect((await run("accounts", "list", "acme")).out).toMatch(/ci {2,}.*inactive/);
  expect((await run("users", "delete", "ada")).out).toBe("user ada deleted\n");
  expect((await run("accounts", "delete", id(2))).out).toBe(`service account ${id(2)} deleted\n`);
  expect(deleted).toEqual(["ada", id(2)]);
});

test("a user changes in what is named", async () => {
  expect((await run("users", "update", "ada", "--display-name", "Ada", "--avatar", "")).out).toBe("user ada changed\n");
  expect(changed).toMatchObject({ user: "ada", displayName: "Ada", avatarUrl: "" });
  expect(changed?.updateMask?.paths).toEqual(["display_name", "avatar_url"]);
  expect((await run("users", "update", "ada")).code).toBe(2);
});

test("a key is made inactive by its name", async () => {
  expect((await run("keys", "update", "ci", "--active", "no")).out).toBe("key ci is inactive\n");
  expect(paused).toMatchObject({ apiKey: id(3), active: false });
  expect((await run("keys", "list")).out).toContain("inactive");
  expect((await run("keys", "update", "ci")).code).toBe(2);
});
