import { createClient } from "@connectrpc/connect";
import { edge } from "@signalbox/edge";
import { remoteUpstream } from "@signalbox/edge/upstream.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import { openBuckets } from "@signalbox/runtime/cache/open.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { planeOf, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { serviceTokens } from "@signalbox/runtime/crypto/service-token.ts";
import { admission } from "@signalbox/runtime/host/admission.ts";
import type { Config } from "@signalbox/runtime/host/config.ts";
import { type Log, openLog } from "@signalbox/runtime/host/log.ts";
import { createPeers } from "@signalbox/runtime/peers/create-peers.ts";
import { readiness } from "@signalbox/runtime/wire/health.ts";
import { doorOf } from "./door.ts";
import { channels } from "./peers.ts";
import { redisFaults } from "./redis-faults.ts";
import type { Running } from "./running.ts";
import type { edgeProcessSettings } from "./settings.ts";
import { telemetryOf } from "./telemetry.ts";
import { version } from "./version.ts";

/** The edge of a mesh in a process of its own. In front of a workspace that runs apart it answers for that workspace only. */
export async function startEdge(config: Config<typeof edgeProcessSettings>): Promise<Running & { readonly log: Log }> {
  await using opened = new AsyncDisposableStack();
  const log = openLog({ service: "edge", level: config.logLevel });
  opened.adopt(await telemetryOf("edge", config), (telemetry) => telemetry.close());
  const tokens = serviceTokens(parseKeyring(config.meshKeys, "SIGNALBOX_MESH_KEYS"), systemClock);
  // What the edge passes on is somebody else's call, so it proves nothing of its own.
  const outgoing = opened.adopt(channels(config, undefined), (each) => each.close());
  const planes = config.controlUrl !== undefined ? ["workspace"] : config.planes === "control" ? ["control"] : ["control", "workspace"];
  const behind = serviceNames.filter((name) => planes.includes(planeOf[name]));
  const inside = new Map(behind.map((name) => [name, outgoing.within(name)]));
  const ready = readiness(async () => {
    await Promise.all(
      [...inside].map(async ([name, { transport }]) => {
        const { status } = await createClient(Health, transport).check({}, { timeoutMs: 1_000 });
        if (status !== Status.SERVING) throw new Error(`${name} is not ready`);
      }),
    );
  });
  const { buckets } = opened.adopt(await openBuckets(config.redisUrl, { onFault: redisFaults(log) }), (shared) => shared.close());
  const listening = await edge({
    ...doorOf(config),
    buckets,
    upstreams: new Map([...inside].map(([name, channel]) => [name, remoteUpstream(channel, name, tokens)])),
    peers: createPeers((callee) => inside.get(callee)?.transport ?? outgoing.to(callee)),
    admission: opened.adopt(admission({ calls: config.maxCalls, streams: config.maxStreams, log }), (each) => each.close()),
    ready,
    version,
    log,
  });
  opened.defer(async () => {
    ready.drain();
    await listening.close(config.drainTime);
  });
  const all = opened.move();
  return { url: listening.url, log, stop: () => all.disposeAsync() };
}
