import { createSecureContext } from "node:tls";
import { createClient } from "@connectrpc/connect";
import { meshCredentials } from "@signalbox/deploy/mesh-tls.ts";
import { Health } from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import { probes } from "@signalbox/runtime/host/probes.ts";
import { grpcChannel } from "@signalbox/runtime/peers/grpc.ts";
import { serveGrpc } from "@signalbox/runtime/wire/grpc-server.ts";
import { readiness } from "@signalbox/runtime/wire/health.ts";
import { selfSigned } from "@signalbox/test/certificate.ts";
import { runProgram } from "@signalbox/test/program.ts";
import { expect, test } from "vitest";

test("with mutual TLS only programs with a certificate of the mesh are answered", async () => {
  const { key, cert } = selfSigned();
  const mesh = meshCredentials({ meshTlsCa: cert, meshTlsKey: key, meshTlsCert: cert });
  const server = await serveGrpc(
    probes(
      [],
      readiness(async () => {}),
    ),
    { host: "127.0.0.1", port: 0 },
    mesh.server,
  );
  const ask = async (tls: typeof mesh.client) => {
    const channel = grpcChannel({ callee: "runs", proof: undefined, address: server.address, tls });
    try {
      return (await createClient(Health, channel.transport).check({}, { timeoutMs: 1_500 })).status;
    } finally {
      channel.close();
    }
  };
  try {
    expect(await ask(mesh.client)).toBe(1);
    await expect(ask(createSecureContext({ ca: cert }))).rejects.toThrow();
    await expect(ask(undefined)).rejects.toThrow();
    const other = selfSigned();
    await expect(ask(createSecureContext({ ca: cert, key: other.key, cert: other.cert }))).rejects.toThrow();
  } finally {
    await server.close(100);
  }
});

test("the health of a program is asked with its own certificate, by the name that others reach it by", async () => {
  const { key, cert } = selfSigned();
  const ready = readiness(async () => {});
  const mesh = meshCredentials({ meshTlsCa: cert, meshTlsKey: key, meshTlsCert: cert });
  const server = await serveGrpc(probes([], ready), { host: "127.0.0.1", port: 0 }, mesh.server);
  const health = async (name: string, environment: Readonly<Record<string, string>>) => {
    const address = `dns:///${name}:${server.address.split(":")[1]}`;
    const settings = { SIGNALBOX_MESH_KEYS: "any", SIGNALBOX_RUNS_ADDRESS: address, ...environment };
    const { ended, out } = runProgram("deploy/src/health.ts", settings, { args: ["runs"] });
    await ended;
    return out();
  };
  const tls = { SIGNALBOX_MESH_TLS_CA: cert, SIGNALBOX_MESH_TLS_KEY: key, SIGNALBOX_MESH_TLS_CERT: cert };
  try {
    expect(await health("localhost", tls)).toBe("runs: ready\n");
    expect(await health("elsewhere", tls)).toContain("does not match certificate");
    ready.drain();
    expect(await health("localhost", tls)).toBe("runs: it says that it is not ready\n");
    expect(await health("localhost", {})).not.toContain("runs: ready");
  } finally {
    await server.close(100);
  }
});

test("half of the settings is refused", () => {
  expect(() => meshCredentials({ meshTlsCa: "x" })).toThrow("go together");
});
