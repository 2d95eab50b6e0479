import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { freePorts } from "@signalbox/test/free-ports.ts";
import { clientsOf } from "@signalbox/test/plane.ts";
import { type Program, runProgram } from "@signalbox/test/program.ts";
import { enter, workspace } from "@signalbox/test/scene.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

// Each test starts programs, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-start-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (environment: Readonly<Record<string, string>> = {}): Program =>
  runProgram(
    "deploy/node-check.mjs",
    { SIGNALBOX_DATA: join(folder, "data"), SIGNALBOX_PORT: "0", ...environment },
    { args: ["deploy/src/start.ts"] },
  );

const urlOf = (program: Program) => program.said(/"url":"(http:[^"]+)".*"msg":"ready"/);

describe("npm start", () => {
  test("tells the password once, takes it again after a restart, and survives kill -9", async () => {
    const first = start();
    const url = await urlOf(first);
    const password = await first.said(/admin \/ ([a-z2-9-]{19}) \(shown once/);
    expect(first.err()).toContain(`${url}   admin`);
    const sign = async (at: string) => (await clientsOf(at)(AuthService).signIn({ userName: "admin", password })).tokens?.accessToken ?? "";
    const client = clientsOf(url);
    const token = await enter({ client }, await sign(url), workspace);
    await client(ProjectService, token).createProject({ name: "kept" });
    first.child.kill("SIGKILL");
    expect(await first.ended).toBe("SIGKILL");

    const second = start();
    const again = await urlOf(second);
    expect(`${second.out()}${second.err()}`).not.toContain("shown once");
    const { projects } = await clientsOf(again)(
      ProjectService,
      await enter({ client: clientsOf(again) }, await sign(again), workspace),
    ).listProjects({});
    expect(projects.map(({ name }) => name)).toEqual(["kept"]);

    const third = start();
    expect(await third.ended).toBe(1);
    expect(third.err()).toBe(
      `another Signalbox program is using the folder ${join(folder, "data")}: stop it first, or give this one a folder of its own\n`,
    );
    second.child.kill("SIGTERM");
    expect(await second.ended).toBe(0);
  });

  test("answers the calls under way when it is told to stop, refuses later ones, and ends with 0", async () => {
    const program = start({
      SIGNALBOX_DATA: join(folder, "load"),
      SIGNALBOX_ADMIN_PASSWORD: "correct-horse-battery",
      SIGNALBOX_ADDRESS_RATE: "100000",
    });
    const url = await urlOf(program);
    const client = clientsOf(url);
    let answered = 0;
    let stopping = false;
    const failures: string[] = [];
    // Signing in takes a while by design, so that some are always under way.
    const callers = Array.from({ length: 8 }, async () => {
      for (;;) {
        try {
          await client(AuthService).signIn({ userName: "admin", password: "correct-horse-battery" });
          answered++;
        } catch (error) {
          failures.push(String((error as { cause?: unknown }).cause ?? error));
          if (stopping) return;
        }
      }
    });
    await expect.poll(() => answered, { timeout: 10_000 }).toBeGreaterThan(16);
    stopping = true;
    const began = performance.now();
    program.child.kill("SIGTERM");
    await Promise.all(callers);
    expect(await program.ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(8_000);
    // Whoever comes too late finds nobody there; nobody is left without an answer half-way.
    for (const failure of failures) expect(failure).toMatch(/ECONNREFUSED/);
  });
});

describe("a start that cannot be", () => {
  const refusal = async (environment: Readonly<Record<string, string>>) => {
    const program = start({ SIGNALBOX_DATA: join(folder, "none"), ...environment });
    expect(await program.ended).toBe(1);
    expect(program.out()).toBe("");
    return program.err().trim();
  };

  test("a port that is taken is named", async () => {
    const [port = 0] = await freePorts(1);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      expect(await refusal({ SIGNALBOX_PORT: String(port) })).toBe(
        `Port ${port} is taken: stop what listens there, or choose another with SIGNALBOX_PORT.`,
      );
    } finally {
      server.close();
    }
  });

  test("a folder that cannot be made is named", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const text = await refusal({ SIGNALBOX_DATA: join(file, "data") });
    expect(text).toContain(join(file, "data"));
    expect(text).toMatch(/SIGNALBOX_DATA/);
    expect(text.split("\n")).toHaveLength(1);
  });

  test("a wrong setting and an unknown one are named, with what is meant", async () => {
    const text = await refusal({ SIGNALBOX_PORT: "many", SIGNALBOX_DRAIN_TIMES: "3s" });
    expect(text).toContain('SIGNALBOX_PORT is "many": expected a port, 0 to 65535');
    expect(text).toMatch(/SIGNALBOX_DRAIN_TIMES .*SIGNALBOX_DRAIN_TIME/);
  });

  test("an address that this machine lacks is named", async () => {
    expect(await refusal({ SIGNALBOX_HOST: "192.0.2.1" })).toBe("This machine has no address 192.0.2.1: correct SIGNALBOX_HOST.");
  });

  test("a database that is not there is named without its password", async () => {
    const [port = 0] = await freePorts(1);
    const text = await refusal({ SIGNALBOX_DATABASE_URL: `postgres://someone:hidden-word@127.0.0.1:${port}/x` });
    expect(text).toBe(
      `the database cannot be reached (connect ECONNREFUSED 127.0.0.1:${port}): correct SIGNALBOX_DATABASE_URL, or start the database.`,
    );
  });

  test("keys, certificates and passwords that cannot be used are named, and not shown", async () => {
    const tls = await refusal({ SIGNALBOX_TLS_KEY: "hidden-word", SIGNALBOX_TLS_CERT: "hidden-word" });
    expect(tls).toMatch(/^A key or certificate for TLS cannot be used .* SIGNALBOX_TLS_KEY/);
    const ring = await refusal({ SIGNALBOX_SEALING_KEYS: "s1:hidden-word" });
    expect(ring).toBe('entry 1 of SIGNALBOX_SEALING_KEYS ("s1") must hold 32 bytes in base64url (43 characters)');
    const short = await refusal({ SIGNALBOX_ADMIN_PASSWORD: "hidden" });
    expect(short).toContain("SIGNALBOX_ADMIN_PASSWORD has a wrong value: expected text of at least 10 characters");
    expect(`${tls}${ring}${short}`).not.toContain("hidden");
  });
});
