import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { edge } from "@signalbox/edge";
import { directUpstream } from "@signalbox/edge/upstream.ts";
import { adminId } from "@signalbox/identity/bootstrap.ts";
import { openBuckets, openCache } from "@signalbox/runtime/cache/open.ts";
import { type Clock, systemClock } from "@signalbox/runtime/clock.ts";
import { type ServiceName, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { serviceTokens } from "@signalbox/runtime/crypto/service-token.ts";
import { admission } from "@signalbox/runtime/host/admission.ts";
import type { Config } from "@signalbox/runtime/host/config.ts";
import { type Log, openLog } from "@signalbox/runtime/host/log.ts";
import type { Needs, Part } from "@signalbox/runtime/host/part.ts";
import { program } from "@signalbox/runtime/host/program.ts";
import { createPeers } from "@signalbox/runtime/peers/create-peers.ts";
import { directTransport } from "@signalbox/runtime/peers/direct.ts";
import { gaugeAge } from "@signalbox/runtime/policy/gauged.ts";
import { createPolicy, type Policy } from "@signalbox/runtime/policy/policy.ts";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import type { DatabaseOptions } from "@signalbox/runtime/store/database.ts";
import { lockFolder } from "@signalbox/runtime/store/folder-lock.ts";
import { steeredClock } from "@signalbox/runtime/store/steered-clock.ts";
import { readiness } from "@signalbox/runtime/wire/health.ts";
import { bootstrap, type First, workspaceId } from "./bootstrap.ts";
import { opener } from "./databases.ts";
import { doorOf } from "./door.ts";
import { keyringIn } from "./keys.ts";
import { programs } from "./programs.ts";
import { redisFaults } from "./redis-faults.ts";
import { type Running, startDuties } from "./running.ts";
import type { oneProcessSettings } from "./settings.ts";
import { telemetryOf } from "./telemetry.ts";
import { version } from "./version.ts";

export interface OneProcess extends Running {
  /** What the first start made; undefined where everything was there. */
  readonly first: First | undefined;
  readonly log: Log;
}

export interface OneProcessOptions {
  /** Whether calls between services are encoded and decoded as if they left the process: in tests. */
  readonly copies?: boolean;
  /** The time that it goes by, the machine's unless told: in tests. */
  readonly clock?: Clock;
  /** What stands between the services and the drivers of their databases: in tests. */
  readonly around?: DatabaseOptions["around"];
}

/** The whole mesh in this process: the same services behind the same layers, with direct calls where the mesh has wires. */
export async function startOneProcess(
  config: Config<typeof oneProcessSettings>,
  { copies = false, clock: own = systemClock, around }: OneProcessOptions = {},
): Promise<OneProcess> {
  await using opened = new AsyncDisposableStack();
  const folder = resolve(config.data);
  mkdirSync(folder, { recursive: true });
  opened.adopt(lockFolder(folder), (lock) => lock.release());
  const meshKeys = keyringIn(folder, "mesh", config.meshKeys);
  const sealingKeys = keyringIn(folder, "sealing", config.sealingKeys);
  opened.adopt(await telemetryOf("signalbox", config), (telemetry) => telemetry.close());
  const logOf = (service: string) => openLog({ service, level: config.logLevel });
  const log = logOf("signalbox");

  const onFault = redisFaults(log);
  const { cache, wakeups } = opened.adopt(await openCache(config.redisUrl, { onFault }), (shared) => shared.close());
  const { buckets } = opened.adopt(await openBuckets(config.redisUrl, { onFault }), (shared) => shared.close());
  const time = opened.adopt(steeredClock(own), (each) => each.close());
  const { clock } = time;
  const databaseOf = (name: ServiceName) =>
    opener(name, config.databaseUrl ?? `sqlite://${folder}/${name}.db`, config.poolSize, { around, time });
  const first = await bootstrap({ openerOf: databaseOf, clock, wakeups, config });

  const tokens = serviceTokens(meshKeys, clock);
  const policy = createPolicy();
  gaugeAge(policy);
  const methods = new Map<ServiceName, ServedMethods>();
  const parts: Part[] = [];
  const peersOf = (caller: string) =>
    createPeers((callee) =>
      directTransport({ callee, proof: { caller, tokens }, methods: () => methods.get(callee) ?? new Map(), copies }),
    );
  for (const name of serviceNames) {
    const needs: Needs = {
      open: databaseOf(name),
      peers: peersOf(name),
      clock,
      cache,
      wakeups,
      meshKeys,
      sealingKeys,
      privateHosts: config.privateHosts,
      issuer: config.issuer,
      policy,
      log: logOf(name),
    };
    const part = opened.adopt(await programs[name](needs), (each) => each.close());
    methods.set(name, program(name, part, needs, { graceMs: config.policyGrace }));
    parts.push(part);
  }
  opened.adopt(
    startDuties(
      parts.flatMap(({ duties }) => duties),
      log,
    ),
    (stop) => stop(),
  );

  await settled(policy);

  const ready = readiness(async () => void (await Promise.all(parts.map((part) => part.ready()))));
  const listening = await edge({
    ...doorOf(config),
    buckets,
    upstreams: new Map(serviceNames.map((name) => [name, directUpstream(() => methods.get(name) ?? new Map())])),
    peers: peersOf("edge"),
    admission: opened.adopt(admission({ calls: config.maxCalls, streams: config.maxStreams, log }), (each) => each.close()),
    ready,
    version,
    log: logOf("edge"),
  });
  opened.defer(async () => {
    ready.drain();
    await listening.close(config.drainTime);
  });
  const all = opened.move();
  return { url: listening.url, first, log, stop: () => all.disposeAsync() };
}

/** Waits until the first administrator may enter the first workspace: the events of the first start take a moment. */
async function settled(policy: Policy): Promise<void> {
  for (let round = 0; round < 500 && !policy.entersWorkspace(adminId, workspaceId); round++) await sleep(10);
}
