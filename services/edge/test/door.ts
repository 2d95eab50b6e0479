import type { DescService } from "@bufbuild/protobuf";
import { createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { ServiceName } from "@signalbox/runtime/contract/services.ts";
import { admission } from "@signalbox/runtime/host/admission.ts";
import { openLog } from "@signalbox/runtime/host/log.ts";
import { serves } from "@signalbox/runtime/host/part.ts";
import { mapErrors } from "@signalbox/runtime/layers/map-errors.ts";
import { validate } from "@signalbox/runtime/layers/validate.ts";
import { createPeers } from "@signalbox/runtime/peers/create-peers.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { open, type ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { readiness } from "@signalbox/runtime/wire/health.ts";
import { type EdgeNeeds, edge } from "../src/index.ts";
import type { Listening } from "../src/listener.ts";
import { directUpstream } from "../src/upstream.ts";

/** Handlers that a test cares about; the others fail. */
export type Some<S extends DescService> = Partial<Handlers<S>>;

export interface DoorOptions {
  readonly projects?: Some<typeof ProjectService>;
  readonly runs?: Some<typeof RunService>;
  readonly auth?: Partial<ServiceImpl<typeof AuthService>>;
  readonly needs?: Partial<EdgeNeeds>;
}

/** An edge in front of a registry and runs whose handlers a test brings, behind the validation of the contract and nothing else. */
export function openDoor({ projects = {}, runs = {}, auth = {}, needs = {} }: DoorOptions = {}): Promise<Listening> {
  const methods: Partial<Record<ServiceName, ServedMethods>> = {
    registry: behind(ProjectService, projects),
    runs: behind(RunService, runs),
  };
  const log = openLog({ service: "edge", level: "silent" });
  const faked = createRouterTransport(({ service }) => service(AuthService, auth));
  return edge({
    listen: { host: "127.0.0.1", port: 0 },
    manners: { hosts: ["127.0.0.1"], origins: ["https://app.example.org"], secure: false },
    trustedProxies: 0,
    maxBodyBytes: 64 * 1024,
    perPrincipal: { perSecond: 10_000, burst: 10_000 },
    perAddress: { perSecond: 10_000, burst: 10_000 },
    upstreams: new Map((["registry", "runs"] as const).map((name) => [name, directUpstream(() => methods[name] ?? new Map())])),
    peers: createPeers(() => faked),
    ready: readiness(async () => {}),
    version: "0.0.0",
    log,
    admission: admission({ calls: 1_000, streams: 1_000, log }),
    ...needs,
  });
}

function behind<S extends DescService>(service: S, some: Some<S>): ServedMethods {
  const all = Object.fromEntries(
    service.methods.map(({ localName }) => [localName, () => Promise.reject(new Error(`${localName} is not part of this test`))]),
  );
  return open([serves(service, { ...all, ...some } as Handlers<S>)], [mapErrors, validate()]);
}
