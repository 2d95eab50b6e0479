import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import { startBoxProcess } from "@signalbox/test/box-process.ts";
import { freePorts } from "@signalbox/test/free-ports.ts";
import { describe, expect, test } from "vitest";
import { root } from "./image.ts";

const haproxy = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].find((path) => existsSync(path));
if (!haproxy) console.warn('skipped: "deploy/door.cfg" needs HAProxy (Debian: apt-get install haproxy)');

/** The configuration as it is, but for the places: compose's name server is not here. */
function configuration(port: number, servers: readonly string[]): string {
  return readFileSync(`${root}deploy/door.cfg`, "utf8")
    .replace(/^resolvers.*?\n\n/ms, "")
    .replace(" resolvers compose init-addr none", "")
    .replace("bind :8750", `bind 127.0.0.1:${port}`)
    .replace(/server-template .*/, servers.map((url, index) => `server edge${index} ${new URL(url).host}`).join("\n  "));
}

describe.skipIf(!haproxy)("deploy/door.cfg", () => {
  test("passes HTTP/1.1 and gRPC on to whichever edge is up", async () => {
    const folder = mkdtempSync(join(tmpdir(), "signalbox-door-"));
    const edges = [await startBoxProcess({ SIGNALBOX_TRUSTED_PROXIES: "1" }), await startBoxProcess({ SIGNALBOX_TRUSTED_PROXIES: "1" })];
    const [port = 0] = await freePorts(1);
    writeFileSync(
      join(folder, "door.cfg"),
      configuration(
        port,
        edges.map(({ url }) => url),
      ),
    );
    const door = spawn(haproxy ?? "", ["-db", "-f", join(folder, "door.cfg")], { stdio: "ignore" });
    const baseUrl = `http://127.0.0.1:${port}`;
    const wires = [createConnectTransport({ baseUrl, httpVersion: "1.1" }), createGrpcTransport({ baseUrl })];
    const ask = () =>
      Promise.all(
        wires.map(async (wire) => {
          const { status } = await createClient(Health, wire).check({}, { timeoutMs: 5_000 });
          return status;
        }),
      );
    try {
      await expect.poll(() => ask().catch(() => []), { timeout: 20_000 }).toEqual([Status.SERVING, Status.SERVING]);
      for (let round = 0; round < 20; round++) expect(await ask()).toEqual([Status.SERVING, Status.SERVING]);
      await edges.shift()?.close();
      await expect.poll(() => ask().catch(() => []), { timeout: 20_000 }).toEqual([Status.SERVING, Status.SERVING]);
      for (let round = 0; round < 20; round++) expect(await ask()).toEqual([Status.SERVING, Status.SERVING]);
    } finally {
      door.kill("SIGKILL");
      if (door.exitCode === null) await once(door, "exit");
      await Promise.all(edges.map((each) => each.close()));
      rmSync(folder, { recursive: true, force: true });
    }
  }, 90_000);
});
