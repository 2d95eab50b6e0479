import type { Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { planeOf, type ServiceName } from "@signalbox/runtime/contract/services.ts";
import type { Config } from "@signalbox/runtime/host/config.ts";
import { type GrpcChannel, grpcChannel } from "@signalbox/runtime/peers/grpc.ts";
import type { Proof } from "@signalbox/runtime/peers/headers.ts";
import { toSignalboxError } from "@signalbox/runtime/wire/status.ts";
import { type MeshTls, meshCredentials } from "./mesh-tls.ts";
import type { serviceSettings } from "./settings.ts";

export type PeerConfig = Pick<Config<typeof serviceSettings>, ServiceName | keyof MeshTls | "controlUrl" | "controlKey" | "controlCa">;

export interface Channels {
  /** A channel to a service of this plane. */
  readonly within: (callee: ServiceName) => GrpcChannel;
  /** The way to a service: a channel in this plane, or https to the control plane. */
  readonly to: (callee: ServiceName) => Transport;
  close(): void;
}

/** One channel for each service that is called. */
export function channels(config: PeerConfig, proof: Proof | undefined): Channels {
  const opened: (() => void)[] = [];
  const { client: tls } = meshCredentials(config);
  let control: Transport | undefined;
  const within = (callee: ServiceName): GrpcChannel => {
    const channel = grpcChannel({ callee, proof, address: config[callee], tls });
    opened.push(channel.close);
    return channel;
  };
  return {
    within,
    to: (callee) => {
      if (planeOf[callee] === "control" && config.controlUrl !== undefined) {
        control ??= controlTransport(config.controlUrl, config);
        return control;
      }
      return within(callee).transport;
    },
    close: () => {
      for (const close of opened) close();
    },
  };
}

/** The control plane as a workspace reaches it from another network: the public door, by this workspace's own key. */
function controlTransport(baseUrl: string, { controlKey, controlCa }: PeerConfig): Transport {
  const transport = createConnectTransport({
    baseUrl,
    httpVersion: "2",
    useBinaryFormat: true,
    ...(controlCa === undefined ? {} : { nodeOptions: { ca: controlCa } }),
    interceptors: [
      (next) => async (request) => {
        if (controlKey !== undefined && !request.header.has("authorization")) request.header.set("authorization", `Bearer ${controlKey}`);
        return next(request);
      },
    ],
  });
  return {
    unary: (...call) => transport.unary(...call).catch((error: unknown) => Promise.reject(toSignalboxError(error))),
    stream: (...call) => transport.stream(...call),
  };
}
