import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPackages, published } from "../build.ts";
import { createFakeBox } from "./fake-box.ts";
import { serveFake } from "./fake-server.ts";

const run = promisify(execFile);
const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
const others = [
  "@bufbuild/protobuf",
  "@bufbuild/protovalidate",
  "@bufbuild/cel",
  "@bufbuild/cel-spec",
  "@bufbuild/re2",
  "@connectrpc/connect",
  "commander",
];

const program = `
import { connect, sdkVersion } from "@signalbox/sdk";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.js";
const box = await connect({ url: process.argv[2], apiKey: "sbk_test", project: "demo" });
const run = await box.startRun({ pipeline: "installed" });
const numbers = await run.step("load", (step) => step.save("numbers", [1, 2, 3]));
const sum = await run.step("sum", { inputs: { numbers } }, ({ inputs }) => inputs.numbers.value.reduce((a, b) => a + b, 0));
await run.finish();
const { run: read } = await box.connection.client(RunService).getRun({ run: run.id });
box.close();
console.log(JSON.stringify({ sum: sum.value, name: read.name, node: process.versions.node.split(".")[0], sdkVersion }));
`;

const typed = `
import { connect, type Handle } from "@signalbox/sdk";
export async function sum(): Promise<Handle<number>> {
  const run = await (await connect()).startRun({ pipeline: "typed" });
  const { one } = await run.step("load", (step) => ({ one: step.save("one", { rows: [1] }) }));
  // @ts-expect-error rows are numbers
  one.value.rows[0]?.toUpperCase();
  return run.step("sum", { inputs: { one } }, ({ inputs }) => inputs.one.value.rows.length);
}
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "signalbox-publish-"));
  const built = join(folder, "built");
  await buildPackages(built);
  const sources = [...published.map((name) => join(built, name)), ...(await present(others.map((name) => join(modules, name))))];
  const { stdout } = await npm(["pack", "--json", "--pack-destination", folder, ...sources]);
  const packed = JSON.parse(stdout) as Record<string, { filename: string }> | { filename: string }[];
  const tarballs = Object.values(packed).map(({ filename }) => `./${filename}`);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "user", type: "module", private: true }));
  await npm(["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs]);
  await writeFile(join(folder, "program.mjs"), program);
  await writeFile(join(folder, "typed.ts"), typed);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const npm = (args: readonly string[]) =>
  run("npm", [...args, "--cache", join(folder, "cache")], { cwd: folder, maxBuffer: 64 * 1024 * 1024 });

async function present(files: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => [file],
        () => [],
      ),
    ),
  );
  return found.flat();
}

/** This Node, and the first one on the path that is not of this repository. */
async function nodes(): Promise<readonly string[]> {
  const onPath = (env.PATH ?? "")
    .split(delimiter)
    .filter((part) => !part.includes("node_modules"))
    .map((part) => join(part, "node"));
  const [other] = await present(onPath);
  return other && other !== execPath ? [execPath, other] : [execPath];
}

test("the packed SDK runs a pipeline under each Node of this machine", async () => {
  const fake = createFakeBox();
  const server = await serveFake(fake.routes);
  for (const node of await nodes()) {
    const { stdout } = await run(node, ["program.mjs", server.url], { cwd: folder });
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
    expect(JSON.parse(stdout)).toEqual({ sum: 6, name: fake.run().name, node: expect.stringMatching(/^2\d$/), sdkVersion: version });
  }
  await server.close();
});

test("the packed command line knows the contract, and what it is not told, under each Node of this machine", async () => {
  for (const node of await nodes()) {
    const signalbox = (...args: string[]) =>
      run(node, [join(folder, "node_modules/@signalbox/cli/bin/signalbox.mjs"), ...args], {
        cwd: folder,
        env: { XDG_CONFIG_HOME: folder },
      });
    const { stdout } = await signalbox("api", "--list", "runs.v1.RunService");
    expect(stdout).toContain("runs.v1.RunService/GetRun");
    expect(stdout).toContain("Reads one run.");
    await expect(signalbox("runs", "list")).rejects.toMatchObject({ code: 3, stderr: expect.stringContaining("npx signalbox login") });
  }
});

test("its declarations carry the types of steps", async () => {
  await symlink(join(modules, "@types"), join(folder, "node_modules", "@types"));
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    strict: true,
    noEmit: true,
    types: ["node"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["typed.ts"] }));
  const { stdout } = await run(execPath, [join(modules, "typescript/bin/tsc"), "-p", folder]).catch((error: { stdout: string }) => error);
  // Connect's own declarations want the DOM's HeadersInit, which is no concern of ours.
  const faults = stdout.split("\n").filter((line) => line && !line.includes("@connectrpc"));
  expect(faults).toEqual([]);
});
