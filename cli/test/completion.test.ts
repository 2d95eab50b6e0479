import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArtifactService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aRun } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
const asked: object[] = [];
let renewals = 0;

beforeAll(async () => {
  server = await startServer((router) => {
    router.service(ProjectService, {
      listProjects: ({ filter }) => {
        asked.push({ filter });
        return { projects: [{ name: "demo", description: "to try: things" }, { name: "depot" }, { name: "my pens" }] };
      },
    });
    router.service(RunService, {
      listRuns: ({ project, filter }) => {
        asked.push({ project, filter });
        return { runs: [aRun(), aRun({ name: "brave-hen" }), aRun({ name: "bad\u001b[31m" })] };
      },
    });
    router.service(ArtifactService, { listArtifacts: () => Promise.reject(new Error("broken")) });
    router.service(AuthService, {
      refreshSession: () => {
        renewals += 1;
        return {};
      },
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_1" };
});
afterAll(() => server.close());

/** The candidates for the last word of a line, without their descriptions. */
async function candidates(words: readonly string[], given = env): Promise<readonly string[]> {
  const { code, out, err } = await runCli(["__complete", "--", ...words], { env: given });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
}

describe("what the program knows itself", () => {
  test.each([
    [["ru"], ["runs"]],
    [["--json", "ke"], ["keys"]],
    [
      ["runs", "s"],
      ["show", "statistics", "stop"],
    ],
    [["runs", "show", "--al"], ["--all-attempts"]],
    [
      ["runs", "--help", "s"],
      ["show", "statistics", "stop"],
    ],
    [["keys", "rotate", "ci", "--over"], ["--overlap"]],
    [["keys", "create", "--description", "li", "--exp"], ["--expires"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [
      ["api", "runs.v1.RunService/GetR"],
      ["runs.v1.RunService/GetRun", "runs.v1.RunService/GetRunGraph"],
    ],
    [["api", "ProjectService/Cr"], ["ProjectService/CreateProject"]],
    [["--", "--pro"], []],
    [["nonsense", "x"], []],
  ])("%j becomes %j", async (words, wanted) => {
    expect(await candidates(words)).toEqual(wanted);
  });

  test("each candidate comes with what help says about it", async () => {
    expect(await runCli(["__complete", "--", "runs", "sto"], { env })).toMatchObject({
      out: "stop\task a run to stop; what runs may finish unless forced\n",
    });
  });

  test("it is not in the help, and completion is", async () => {
    const { out } = await runCli(["--help"]);
    expect(out).toContain("completion <shell>");
    expect(out).not.toContain("__complete");
    expect(await runCli(["completion", "tcsh"])).toMatchObject({ code: 2, err: expect.stringContaining("bash, zsh, fish") });
  });
});

describe("what the server knows", () => {
  test("names begin as the word does, at the server and here", async () => {
    expect(await candidates(["--project", "de"])).toEqual(["demo", "depot"]);
    expect(asked.at(-1)).toEqual({ filter: 'name = "de*"' });
    expect(await candidates(["--project=de"])).toEqual(["--project=demo", "--project=depot"]);
    expect(await candidates(["--project", "=", "de"])).toEqual(["demo", "depot"]);
  });

  test("runs are those of the project on the line, and none that would harm the terminal", async () => {
    expect(await candidates(["--project", "demo", "runs", "show", "br"])).toEqual(["brisk-otter", "brave-hen"]);
    expect(asked.at(-1)).toEqual({ project: "demo", filter: 'name = "br*"' });
    expect(await candidates(["runs", "watch", ""])).toEqual(["brisk-otter", "brave-hen"]);
    expect(asked.at(-1)).toEqual({ project: "", filter: "" });
  });

  test("nobody who is signed in, a server that fails and one that is not there give nothing, silently", async () => {
    expect(await candidates(["--project", ""], await emptyHome())).toEqual([]);
    expect(await candidates(["artifacts", "list", ""])).toEqual([]);
    expect(await candidates(["--project", ""], { ...env, SIGNALBOX_URL: "http://127.0.0.1:1" })).toEqual([]);
  });

  test("profiles are known without a server, and a session is not renewed on the way", async () => {
    const home = await emptyHome();
    const session = { url: server.url, refreshToken: "sbr_1", accessToken: "old", accessExpireTimeMs: Date.now() - 1 };
    mkdirSync(join(home.XDG_CONFIG_HOME, "signalbox"), { recursive: true });
    const file = join(home.XDG_CONFIG_HOME, "signalbox/profiles.json");
    writeFileSync(
      file,
      JSON.stringify({ current: "work", profiles: { work: session, fresh: { ...session, accessExpireTimeMs: Date.now() + 1e6 } } }),
    );
    expect(await candidates(["--profile", ""], home)).toEqual(["work", "fresh"]);
    expect(await candidates(["--project", ""], home)).toEqual([]);
    expect(await candidates(["--profile", "fresh", "--project", "dem"], home)).toEqual(["demo"]);
    expect(renewals).toBe(0);
  });
});

test("what the program knows itself is completed also where the profiles are broken", async () => {
  const home = await emptyHome();
  mkdirSync(join(home.XDG_CONFIG_HOME, "signalbox"));
  writeFileSync(join(home.XDG_CONFIG_HOME, "signalbox/profiles.json"), "{");
  expect(await candidates(["runs", "sto"], home)).toEqual(["stop"]);
  expect(await candidates(["--project", ""], home)).toEqual([]);
  expect(await runCli(["completion", "fish"], { env: home })).toMatchObject({ code: 0, err: "" });
});

const bin = fileURLToPath(new URL("../bin/signalbox.mjs", import.meta.url));
const reads = (program: string) => spawnSync(program, ["--version"]).status === 0;
const shells = ["bash", "zsh", "fish"] as const;
for (const shell of shells) if (!reads(shell)) console.warn(`skipped: completion in ${shell} needs ${shell}, which is not installed`);

/** Prints what a shell makes of a line when tab is pressed: by its own machinery where that needs no terminal, else in one. */
const drivers: Readonly<Record<(typeof shells)[number], (words: readonly string[], wanted: string) => string>> = {
  bash: (words) => `eval "$(signalbox completion bash)"; complete -p signalbox >/dev/null || exit 1
COMP_WORDS=(signalbox ${words.map((each) => `'${each}'`).join(" ")}); COMP_CWORD=${words.length}; _signalbox; printf '%s\n' "\${COMPREPLY[@]}"`,
  zsh: (words, wanted) => `zmodload zsh/zpty && zpty -b shell zsh -f -i || exit 1
zpty -w shell "PS1='> '; autoload -Uz compinit && compinit -u -d $HOME/.zcompdump && source <(signalbox completion zsh); print rea''dy"
zpty -r shell line '*ready*' && zpty -w -n shell $'signalbox ${words.join(" ")}\t'
zpty -r shell line '*${wanted}*' && print -r -- $line`,
  fish: (words) => `signalbox completion fish | source; complete -C 'signalbox ${words.join(" ")}'`,
};

describe.each(shells.filter(reads))("%s", (shell) => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-completion-"));
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin/signalbox"), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
    chmodSync(join(folder, "bin/signalbox"), 0o755);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    [["runs", "st"], "stop"],
    [["runs", "show", "--al"], "--all-attempts"],
    [["api", "ProjectService/Cr"], "ProjectService/CreateProject"],
  ])("%j is completed", (words, wanted) => {
    const PATH = [join(folder, "bin"), process.env.PATH ?? ""].join(delimiter);
    const { stdout } = spawnSync(shell, ["-c", drivers[shell](words, wanted)], {
      encoding: "utf8",
      env: { ...process.env, HOME: folder, PATH, XDG_CONFIG_HOME: folder, TERM: "dumb" },
      timeout: 25_000,
    });
    expect(stdout).toContain(wanted);
  });
});

test("a server that does not answer holds a shell up for less than three seconds, and nothing is said", () => {
  // Synchronously, so that the server of this process cannot answer.
  const started = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, [bin, "__complete", "--", "--project", ""], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
  expect(performance.now() - started).toBeLessThan(3_000 + 3 * starts());
});

/** Milliseconds that a start of the program takes on this machine. */
function starts(): number {
  const started = performance.now();
  spawnSync(process.execPath, [bin, "--version"]);
  return performance.now() - started;
}
