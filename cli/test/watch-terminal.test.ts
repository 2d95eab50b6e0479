import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { aRun, aStep } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome } from "./run-cli.ts";

const program = fileURLToPath(new URL("../bin/signalbox.mjs", import.meta.url));
/** Gives a program a terminal of its own; the one of util-linux takes these options. */
const hasScript = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
const run = aRun({ status: Status.RUNNING, inProgress: true, endTime: undefined } as never);

let server: FakeServer;
beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(RunService, {
      getRun: async () => ({ run }),
      getRunGraph: async () => ({ steps: [{ name: "load" }, { name: "train", upstream: ["load"], planned: true }] }),
      async *watchRun(_request, { signal }) {
        yield { part: { case: "run", value: run } };
        yield { part: { case: "steps", value: { steps: [aStep({ status: Status.RUNNING, endTime: undefined })] } } };
        yield { part: { case: "current", value: 7n } };
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
  });
});
afterAll(() => server.close());

test.skipIf(!hasScript)(
  "a watch that is left by Ctrl-C leaves the terminal as it was",
  async () => {
    const env = {
      ...process.env,
      ...(await emptyHome()),
      SIGNALBOX_URL: server.url,
      SIGNALBOX_API_KEY: "sbk_test",
      SIGNALBOX_PROJECT: "demo",
      TERM: "xterm",
    };
    const command = `stty rows 20 columns 60; "${process.execPath}" "${program}" runs watch brisk-otter; echo "left with $?"; stty -a`;
    const child = spawn("script", ["-qfec", `sh -c 'trap : INT; ${command}'`, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString();
    });
    const ended = new Promise((resolve) => child.on("exit", resolve));
    await vi.waitFor(() => expect(out).toContain("train"), 20_000);
    child.stdin.write("\u0003");
    await ended;
    expect(out).toContain("left with 130");
    const modes = [...out.matchAll(/\[\?(\d+)([hl])/g)].map(([, mode, turned]) => `${mode}${turned}`);
    expect(modes.filter((mode) => mode === "2026h")).toHaveLength(modes.filter((mode) => mode === "2026l").length);
    expect(new Set(modes.map((mode) => mode.slice(0, -1)))).toEqual(new Set(["2026"]));
    expect(out).toMatch(/[^-]echo\b/);
  },
  60_000,
);
