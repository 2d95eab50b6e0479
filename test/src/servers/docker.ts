import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import type { ServerKind } from "./kind.ts";
import { type Started, startPlan } from "./local.ts";
import { freePlace } from "./place.ts";

/** An image may have to be fetched first. */
const readyWithinMs = 10 * 60_000;

/** Starts a server from its official image, on a random port of loopback; undefined where Docker does not run. */
export async function startContainer(kind: ServerKind, signal: AbortSignal): Promise<Pick<Started, "url" | "stop"> | undefined> {
  const runs = await promisify(execFile)("docker", ["info"], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
  if (!runs) return undefined;
  const free = await freePlace(kind.name, []);
  const name = basename(free.folder);
  const place = { folder: free.folder, port: free.port, password: free.password, container: name };
  const { options, arguments: rest } = kind.container(place);
  return startPlan(
    kind,
    place,
    {
      prepare: [],
      serve: ["docker", "run", "--rm", "--name", name, "-p", `127.0.0.1:${place.port}:${kind.imagePort}`, ...options, kind.image, ...rest],
      signal: "SIGTERM",
      // The container outlives a killed client.
      cleanUp: ["docker", "rm", "--force", "--volumes", name],
      output: "tail",
    },
    readyWithinMs,
    signal,
  );
}
