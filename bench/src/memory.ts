import { readFileSync } from "node:fs";

/** The resident memory of a process, in megabytes of a million bytes. */
export function residentMB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kib) * 1024) / 1e6;
}
