import { readFileSync } from "node:fs";
import { type Contender, run } from "./race.ts";

// Linux counts the time of processes in these.
const tickMicros = 10_000;

/** The time that a process spent on the processor, in microseconds. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name stands in brackets, and may hold spaces; user and system time are the 12th and 13th after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMicros;
}

/** What a unit of a contender's work costs a server on the processor, in microseconds: the figure that clients and cores do not change. */
export async function cpuPerUnit(contender: Contender, pid: number, forMs = 2_000): Promise<number> {
  const before = cpuOf(pid);
  const { units } = await run(contender, forMs);
  return (cpuOf(pid) - before) / units;
}
