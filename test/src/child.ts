import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { freePorts } from "./mesh.ts";
import { adminPassword, clientsOf, type Plane } from "./plane.ts";

const start = fileURLToPath(new URL("../../deploy/src/start.ts", import.meta.url));

export interface Child extends Plane {
  readonly pid: number;
  /** What it wrote to standard output and error. */
  output(): string;
  /** Lets it end, and leaves its folder for `close` to remove. */
  stop(): Promise<void>;
}

/** Everything in one process that is not this one, on SQLite. */
export async function startChild(environment: Readonly<Record<string, string>>): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-child-"));
  const [port] = await freePorts(1);
  const settings = {
    PATH: process.env.PATH ?? "",
    SIGNALBOX_DATA: folder,
    SIGNALBOX_PORT: String(port),
    SIGNALBOX_ADMIN_PASSWORD: adminPassword,
    SIGNALBOX_ADDRESS_RATE: "100000",
    SIGNALBOX_PRINCIPAL_RATE: "100000",
    ...environment,
  };
  const child = spawn(process.execPath, [start], { env: settings, stdio: ["ignore", "pipe", "pipe"] });
  let written = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (written += String(chunk)));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await exit;
  };
  const close = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const client = clientsOf(url);
  try {
    for (let round = 0; !(await fetch(`${url}/readyz`).catch(() => undefined))?.ok; round++) {
      if (child.exitCode !== null || round === 300) throw new Error(`the process is not ready:\n${written}`);
      await sleep(100);
    }
    const { tokens } = await client(AuthService).signIn({ userName: "admin", password: adminPassword });
    return { pid: child.pid ?? 0, url, folder, admin: tokens?.accessToken ?? "", client, output: () => written, stop, close };
  } catch (error) {
    await close();
    throw error;
  }
}
