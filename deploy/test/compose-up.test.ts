import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { serviceNames } from "@signalbox/runtime/contract/services.ts";
import { freePorts } from "@signalbox/test/free-ports.ts";
import { clientsOf } from "@signalbox/test/plane.ts";
import { enter, workspace } from "@signalbox/test/scene.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeSecrets } from "./compose-secrets.ts";
import { root } from "./image.ts";

/** Why containers cannot be run here; undefined where they can. */
function obstacle(): string | undefined {
  for (const words of [["info"], ["compose", "version"]]) {
    try {
      execFileSync("docker", words, { stdio: "pipe", timeout: 20_000 });
    } catch (error) {
      const { code, stderr } = error as { code?: string; stderr?: Buffer };
      return `docker ${words.join(" ")} fails: ${code === "ENOENT" ? "docker is not installed" : String(stderr).trim().split("\n").at(-1)}`;
    }
  }
  return undefined;
}

const inTheWay = obstacle();
if (inTheWay !== undefined) console.warn(`skipped: "compose.yaml, brought up" needs Docker with compose, and ${inTheWay}`);

describe.skipIf(inTheWay !== undefined)("compose.yaml, brought up", () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-up-"));
  const secrets = composeSecrets();
  let url = "";
  let port = 0;

  const compose = async (...words: string[]): Promise<string> => {
    const files = ["--file", join(root, "deploy/compose.yaml"), "--file", join(folder, "secrets.json")];
    const env = { ...process.env, SIGNALBOX_PUBLISH: `127.0.0.1:${port}`, SIGNALBOX_TAG: "test" };
    const project = basename(folder).toLowerCase();
    const { stdout } = await promisify(execFile)("docker", ["compose", "--project-name", project, ...files, ...words], { env });
    return stdout;
  };

  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), `${value}\n`, { mode: 0o644 });
    const places = Object.fromEntries(Object.keys(secrets).map((name) => [name, { file: join(folder, name) }]));
    writeFileSync(join(folder, "secrets.json"), JSON.stringify({ secrets: places }));
    await compose("build", "--quiet");
    await compose("up", "--detach", "--wait");
  }, 900_000);
  afterAll(async () => {
    await compose("down", "--volumes", "--timeout", "5");
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  async function project(name: string): Promise<readonly string[]> {
    const client = clientsOf(url);
    const { tokens } = await client(AuthService).signIn({ userName: "admin", password: secrets.admin_password ?? "" });
    const token = await enter({ client }, tokens?.accessToken ?? "", workspace);
    await client(ProjectService, token).createProject({ name });
    return (await client(ProjectService, token).listProjects({})).projects.map((each) => each.name);
  }

  test("runs two healthy containers of every program, none of them as root", async () => {
    const lines = (await compose("ps", "--format", "json")).trim().split("\n");
    const running = lines.flatMap((line) => JSON.parse(line) as { Service: string; Health: string });
    for (const name of [...serviceNames, "edge"])
      expect(running.filter(({ Service }) => Service === name).map(({ Health }) => Health)).toEqual(["healthy", "healthy"]);
    expect((await compose("exec", "runs", "id", "-u")).trim()).toBe("1000");
    expect(await project("first")).toEqual(["first"]);
  });

  test("serves after the containers of a program were replaced", async () => {
    await compose("up", "--detach", "--wait", "--force-recreate", "--no-deps", "registry", "edge");
    expect(await project("second")).toContain("second");
  }, 300_000);
});
