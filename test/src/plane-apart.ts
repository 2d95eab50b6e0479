import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./free-ports.ts";
import { clientsOf, type Plane, planeSettings, signIn } from "./plane.ts";
import { type Program, runProgram } from "./program.ts";
import { untilReady } from "./ready.ts";
import { type Supervised, supervise } from "./supervised.ts";

export interface PlaneApart extends Plane {
  readonly program: Supervised;
}

/** Everything in one process that is not this one, on SQLite unless the environment names a database. */
export async function startPlaneApart(environment: Readonly<Record<string, string>> = {}): Promise<PlaneApart> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-apart-"));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const settings = { SIGNALBOX_DATA: folder, SIGNALBOX_PORT: String(port), ...planeSettings, ...environment };
  const ready = (program: Program) => Promise.race([untilReady(url), endedEarly(program)]);
  const program = supervise(() => runProgram("deploy/src/start.ts", settings), ready);
  const close = async () => {
    await program.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const client = clientsOf(url);
  try {
    await ready(program.present);
    return { url, folder, admin: await signIn(client), client, program, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function endedEarly({ ended, out, err }: Program): Promise<never> {
  throw new Error(`the process ended with ${await ended} before it was ready:\n${out()}${err()}`);
}
