import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { startChild } from "@signalbox/test/child.ts";
import { startMesh } from "@signalbox/test/mesh.ts";
import type { Plane } from "@signalbox/test/plane.ts";
import type { Stage } from "./stage.ts";

/** A Signalbox that is measured, in processes of its own, with its limits of callers out of the way. */
export interface Place extends Pick<Plane, "url" | "admin" | "client"> {
  /** In a mesh, where each service answers gRPC: "127.0.0.1:12345". */
  readonly addresses: Readonly<Record<string, string>>;
  /** What its programs were started with. */
  readonly environment: Readonly<Record<string, string>>;
}

const unlimited = { SIGNALBOX_LOG_LEVEL: "warn", SIGNALBOX_ADDRESS_RATE: "1000000", SIGNALBOX_PRINCIPAL_RATE: "1000000" };

/** `npm start`: everything in one process, on an empty database of this engine. */
export async function oneProcess(stage: Stage, dialect: DialectName, environment: Readonly<Record<string, string>> = {}): Promise<Place> {
  const database = dialect === "sqlite" || environment.SIGNALBOX_DATABASE_URL ? undefined : await stage.database(dialect);
  const all = { ...unlimited, ...(database ? { SIGNALBOX_DATABASE_URL: database.url } : {}), ...environment };
  const child = stage.own(await startChild(all), (each) => each.close());
  return { url: child.url, admin: child.admin, client: child.client, addresses: {}, environment: all };
}

/** `npm run mesh`: a process for each service and the edge, on an empty database of this engine and with Redis. */
export async function wholeMesh(
  stage: Stage,
  dialect: Exclude<DialectName, "sqlite">,
  environment: Readonly<Record<string, string>> = {},
): Promise<Place> {
  await stage.server(dialect === "mysql" ? "mariadb" : dialect);
  const redisUrl = await stage.server("redis");
  return stage.own(await startMesh({ dialect, redisUrl, environment: { ...unlimited, ...environment } }), (each) => each.close());
}
