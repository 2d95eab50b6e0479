import { openCache } from "@signalbox/runtime/cache/open.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { contract, planeOf, type ServiceName } from "@signalbox/runtime/contract/services.ts";
import { parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { serviceTokens } from "@signalbox/runtime/crypto/service-token.ts";
import { admission } from "@signalbox/runtime/host/admission.ts";
import type { Config } from "@signalbox/runtime/host/config.ts";
import { type Log, openLog } from "@signalbox/runtime/host/log.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { probes } from "@signalbox/runtime/host/probes.ts";
import { program } from "@signalbox/runtime/host/program.ts";
import { createPeers } from "@signalbox/runtime/peers/create-peers.ts";
import { gaugeAge } from "@signalbox/runtime/policy/gauged.ts";
import { mirror } from "@signalbox/runtime/policy/mirror.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import { steeredClock } from "@signalbox/runtime/store/steered-clock.ts";
import { serveGrpc } from "@signalbox/runtime/wire/grpc-server.ts";
import { readiness } from "@signalbox/runtime/wire/health.ts";
import { opener } from "./databases.ts";
import { meshCredentials } from "./mesh-tls.ts";
import { channels } from "./peers.ts";
import { programs } from "./programs.ts";
import { redisFaults } from "./redis-faults.ts";
import { type Running, startDuties } from "./running.ts";
import type { serviceSettings } from "./settings.ts";
import { telemetryOf } from "./telemetry.ts";

/** One service of the mesh in a process of its own, answering gRPC. */
export async function startService(name: ServiceName, config: Config<typeof serviceSettings>): Promise<Running & { readonly log: Log }> {
  await using opened = new AsyncDisposableStack();
  const log = openLog({ service: name, level: config.logLevel });
  opened.adopt(await telemetryOf(name, config), (telemetry) => telemetry.close());
  const { cache, wakeups } = opened.adopt(await openCache(config.redisUrl, { onFault: redisFaults(log) }), (shared) => shared.close());
  const meshKeys = parseKeyring(config.meshKeys, "SIGNALBOX_MESH_KEYS");
  const time = opened.adopt(steeredClock(systemClock), (each) => each.close());
  const { clock } = time;
  const tokens = serviceTokens(meshKeys, clock);
  const outgoing = opened.adopt(channels(config, { caller: name, tokens }), (each) => each.close());
  const peers = createPeers(outgoing.to);
  const policy = createPolicy();
  gaugeAge(policy);
  const needs: Needs = {
    open: opener(name, config.databaseUrl, config.poolSize, { time }),
    peers,
    clock,
    cache,
    wakeups,
    meshKeys,
    sealingKeys: parseKeyring(config.sealingKeys, "SIGNALBOX_SEALING_KEYS"),
    privateHosts: config.privateHosts,
    issuer: config.issuer,
    policy,
    log,
  };
  const part = opened.adopt(await programs[name](needs), (each) => each.close());
  // rbac knows the policy at first hand; all others mirror it.
  const feed =
    name === "rbac" ? [] : [mirror({ policy, peers, log, workspace: planeOf[name] === "workspace" ? config.controlWorkspace : undefined })];
  opened.adopt(startDuties([...part.duties, ...feed], log), (stop) => stop());
  const ready = readiness(part.ready);
  const places = opened.adopt(admission({ calls: config.maxCalls, streams: config.maxStreams, log }), (each) => each.close());
  const methods = new Map([
    ...program(name, part, needs, { graceMs: config.policyGrace, admission: places }),
    ...probes(contract[name], ready),
  ]);
  const port = Number(/:(\d+)$/.exec(config[name])?.[1] ?? 0);
  const server = await serveGrpc(methods, { host: config.listenHost, port }, meshCredentials(config).server);
  opened.defer(async () => {
    ready.drain();
    await server.close(config.drainTime);
  });
  const all = opened.move();
  return { url: `grpc://${server.address}`, log, stop: () => all.disposeAsync() };
}
