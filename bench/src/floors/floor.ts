import { runProgram } from "@signalbox/test/program.ts";
import type { Stage } from "../stage.ts";

/** A server to compare with, in a process of its own as everything that is measured. */
export interface Floor {
  /** "127.0.0.1:40123". */
  readonly address: string;
  /** What its callers are known by; "none" where it asks for nothing. */
  readonly token: string;
  readonly pid: number;
}

/** Starts one of the servers of this folder. */
export async function startFloor(
  stage: Stage,
  name: "http-json" | "http2" | "grpc-js" | "layered",
  args: readonly string[] = [],
): Promise<Floor> {
  const { child, said, ended } = runProgram(`bench/src/floors/${name}.ts`, {}, { args });
  stage.own(child, async () => {
    child.kill();
    await ended;
  });
  const [address = "", token = ""] = (await said(/ready (.+)\n/)).split(" ");
  return { address, token, pid: child.pid ?? 0 };
}
