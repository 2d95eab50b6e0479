import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { type PlaneApart, startPlaneApart } from "./plane-apart.ts";

/** Everything in one process that is not this one, whose memory and files can be looked at. */
export interface BoxProcess extends PlaneApart {
  readonly port: number;
  /** Its resident memory in megabytes. */
  residentMb(): number;
  /** How many files and sockets it has open. */
  openFiles(): number;
}

/** Starts `npm start` on a folder of its own with SQLite, and lets callers call as often as they like. */
export async function startBoxProcess(environment: Readonly<Record<string, string>> = {}): Promise<BoxProcess> {
  const plane = await startPlaneApart({
    SIGNALBOX_ADDRESS_RATE: "1000000",
    SIGNALBOX_PRINCIPAL_RATE: "1000000",
    SIGNALBOX_LOG_LEVEL: "warn",
    ...environment,
  });
  const pid = String(plane.program.present.child.pid);
  return {
    ...plane,
    port: Number(new URL(plane.url).port),
    residentMb: () => Number(execFileSync("ps", ["-o", "rss=", "-p", pid], { encoding: "utf8" })) / 1024,
    openFiles: () => readdirSync(`/proc/${pid}/fd`).length,
  };
}
