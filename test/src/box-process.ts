import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { type PlaneApart, startPlaneApart } from "./plane-apart.ts";

/** Everything in one process that is not this one, whose memory and sockets can be looked at. */
export interface BoxProcess extends PlaneApart {
  readonly port: number;
  /** Its resident memory in megabytes. */
  residentMb(): number;
  /** How many files and sockets it has open. */
  openFiles(): number;
}

export async function startBoxProcess(environment: Readonly<Record<string, string>> = {}): Promise<BoxProcess> {
  const plane = await startPlaneApart(environment);
  const pid = String(plane.program.present.child.pid);
  return {
    ...plane,
    port: Number(new URL(plane.url).port),
    residentMb: () => Number(execFileSync("ps", ["-o", "rss=", "-p", pid], { encoding: "utf8" })) / 1024,
    openFiles: () => readdirSync(`/proc/${pid}/fd`).length,
  };
}
