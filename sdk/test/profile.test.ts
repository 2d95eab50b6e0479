import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findTarget } from "../src/credentials.ts";
import { readProfile, readProfiles, removeProfile, writeProfile } from "../src/profile.ts";
import { sessionCredential } from "../src/session.ts";
import { serveFake } from "./fake-server.ts";

let folder = "";
let file = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "signalbox-profile-"));
  file = join(folder, "signalbox", "profiles.json");
  vi.stubEnv("XDG_CONFIG_HOME", folder);
  for (const name of ["URL", "API_KEY", "RUN_TOKEN", "WORKSPACE", "PROJECT"]) vi.stubEnv(`SIGNALBOX_${name}`, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("a profile is kept for its owner alone", async () => {
  await writeProfile("home", { url: "http://localhost:8750", apiKey: "sbk_1" });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readProfile()).toEqual({ name: "home", url: "http://localhost:8750", apiKey: "sbk_1" });
  await removeProfile("home");
  expect(await readProfiles()).toEqual({ current: "", profiles: {} });
});

test("writers at the same time lose nothing of each other", async () => {
  await Promise.all(Array.from({ length: 8 }, (_, index) => writeProfile(`p${index}`, { url: `http://h${index}` })));
  expect(Object.keys((await readProfiles()).profiles)).toHaveLength(8);
});

test("a broken file is named", async () => {
  await writeProfile("home", { url: "http://localhost:8750" });
  await writeFile(file, "{");
  await expect(readProfile()).rejects.toThrow(/profiles\.json is not JSON/);
});

test("what the caller says comes before the environment, and that before the profile", async () => {
  await writeProfile("home", { url: "http://profile", apiKey: "sbk_profile", project: "demo" });
  expect(await findTarget()).toMatchObject({ url: "http://profile", credential: "sbk_profile", project: "demo" });
  vi.stubEnv("SIGNALBOX_URL", "http://environment");
  vi.stubEnv("SIGNALBOX_API_KEY", "sbk_environment");
  expect(await findTarget()).toMatchObject({ url: "http://environment", credential: "sbk_environment" });
  expect(await findTarget({ url: "http://said", apiKey: "sbk_said" })).toMatchObject({ url: "http://said", credential: "sbk_said" });
});

test("a key of the profile is not sent to another server", async () => {
  await writeProfile("home", { url: "http://profile", apiKey: "sbk_profile" });
  await expect(findTarget({ url: "http://elsewhere" })).rejects.toThrow(/nothing says who you are at http:\/\/elsewhere/);
});

test("a refresh token is used once, however many ask", async () => {
  const used: string[] = [];
  const server = await serveFake(({ rpc }) =>
    rpc(AuthService.method.refreshSession, ({ refreshToken }) => {
      used.push(refreshToken);
      const accessExpireTime = timestampFromMs(Date.now() + 900_000);
      return { tokens: { accessToken: `access-${used.length}`, accessExpireTime, refreshToken: `refresh-${used.length}` } };
    }),
  );
  const profile = { url: server.url, refreshToken: "refresh-0" };
  await writeProfile("home", profile);
  const processes = [1, 2, 3].map(() => sessionCredential("home", profile) as (expired?: string) => Promise<string>);
  const tokens = await Promise.all(processes.flatMap((credential) => [credential(), credential()]));
  expect(new Set(tokens)).toEqual(new Set(["access-1"]));
  expect(await Promise.all(processes.map((credential) => credential("access-1")))).toEqual(["access-2", "access-2", "access-2"]);
  expect(used).toEqual(["refresh-0", "refresh-1"]);
  await server.close();
});
