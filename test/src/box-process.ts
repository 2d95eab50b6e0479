import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { freePorts } from "./free-ports.ts";
import { adminPassword, clientsOf, type Plane } from "./plane.ts";
import { runProgram } from "./program.ts";

/** Everything in one process that is not this one, whose memory and time can be looked at. */
export interface BoxProcess extends Plane {
  readonly port: number;
  /** Its resident memory in megabytes. */
  residentMb(): number;
  /** How many files and sockets it has open. */
  openFiles(): number;
}

/** Starts `npm start` on a folder of its own with SQLite. */
export async function startBoxProcess(environment: Readonly<Record<string, string>> = {}): Promise<BoxProcess> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-box-"));
  const [port = 0] = await freePorts(1);
  const program = runProgram("deploy/src/start.ts", {
    SIGNALBOX_DATA: folder,
    SIGNALBOX_PORT: String(port),
    SIGNALBOX_ADMIN_PASSWORD: adminPassword,
    SIGNALBOX_ADDRESS_RATE: "1000000",
    SIGNALBOX_PRINCIPAL_RATE: "1000000",
    SIGNALBOX_LOG_LEVEL: "warn",
    ...environment,
  });
  const close = async () => {
    program.child.kill("SIGTERM");
    await program.ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = `http://127.0.0.1:${port}`;
    await program.said(/http:\/\/127\.0\.0\.1/);
    const client = clientsOf(url);
    const { tokens } = await client(AuthService).signIn({ userName: "admin", password: adminPassword });
    const pid = String(program.child.pid);
    return {
      url,
      port,
      folder,
      admin: tokens?.accessToken ?? "",
      client,
      residentMb: () => Number(execFileSync("ps", ["-o", "rss=", "-p", pid], { encoding: "utf8" })) / 1024,
      openFiles: () => execFileSync("ls", [`/proc/${pid}/fd`], { encoding: "utf8" }).split("\n").length - 1,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
