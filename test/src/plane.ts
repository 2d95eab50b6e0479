import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { type OneProcessOptions, startOneProcess } from "@signalbox/deploy/one-process.ts";
import { oneProcessSettings } from "@signalbox/deploy/settings.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";

export const adminPassword = "correct-horse-battery";

/** What every Signalbox under test is told: who its administrator is, and not to slow callers down. */
export const planeSettings = {
  SIGNALBOX_ADMIN_PASSWORD: adminPassword,
  SIGNALBOX_ADDRESS_RATE: "100000",
  SIGNALBOX_PRINCIPAL_RATE: "100000",
} as const;

/** A whole Signalbox under test, through its port and nothing else. */
export interface Plane {
  readonly url: string;
  readonly folder: string;
  /** A control-plane token of the bootstrap administrator. */
  readonly admin: string;
  client<S extends DescService>(service: S, token?: string, wire?: "connect" | "grpc"): Client<S>;
  close(): Promise<void>;
}

/** Everything in this process on a database of its own. */
export async function startPlane(
  dialect: DialectName,
  environment: Readonly<Record<string, string>> = {},
  options: OneProcessOptions = {},
): Promise<Plane> {
  const database: FreshDatabase | undefined = dialect === "sqlite" ? undefined : await freshDatabase(dialect);
  const folder = mkdtempSync(join(tmpdir(), "signalbox-plane-"));
  const config = readConfig(oneProcessSettings, {
    SIGNALBOX_DATA: folder,
    SIGNALBOX_PORT: "0",
    SIGNALBOX_LOG_LEVEL: "silent",
    ...planeSettings,
    ...(database ? { SIGNALBOX_DATABASE_URL: database.url } : {}),
    ...environment,
  });
  const running = await startOneProcess(config, { copies: true, ...options });
  const client = clientsOf(running.url);
  return {
    url: running.url,
    folder,
    admin: await signIn(client),
    client,
    async close() {
      await running.stop();
      await database?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A control-plane token of the bootstrap administrator. */
export async function signIn(client: Plane["client"]): Promise<string> {
  const { tokens } = await client(AuthService).signIn({ userName: "admin", password: adminPassword });
  return tokens?.accessToken ?? "";
}

/** Clients of a server by its URL, as foreign clients are: connect-node's, over HTTP/1.1 or gRPC. `ca` is whom they trust, as PEM. */
export function clientsOf(url: string, ca?: string): Plane["client"] {
  const nodeOptions = ca === undefined ? {} : { ca };
  const transports = new Map<string, Transport>();
  return (service, token, wire = "connect") => {
    const key = `${wire} ${token}`;
    let transport = transports.get(key);
    if (!transport) {
      const interceptors = token === undefined ? [] : [withToken(token)];
      transport =
        wire === "grpc"
          ? createGrpcTransport({ baseUrl: url, interceptors, nodeOptions })
          : createConnectTransport({ baseUrl: url, httpVersion: "1.1", useBinaryFormat: false, interceptors, nodeOptions });
      transports.set(key, transport);
    }
    return createClient(service, transport);
  };
}

const withToken =
  (token: string): NonNullable<Parameters<typeof createConnectTransport>[0]["interceptors"]>[number] =>
  (next) =>
  (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
