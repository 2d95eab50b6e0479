import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { startMesh } from "@signalbox/test/mesh.ts";
import type { Plane } from "@signalbox/test/plane.ts";
import { startPlaneApart } from "@signalbox/test/plane-apart.ts";
import type { Supervised } from "@signalbox/test/supervised.ts";
import type { Stage } from "./stage.ts";

/** A Signalbox that is measured, in processes of its own, with its limits of callers out of the way. */
export interface Place extends Pick<Plane, "url" | "admin" | "client"> {
  /** In a mesh, where each service answers gRPC: "127.0.0.1:12345". */
  readonly addresses: Readonly<Record<string, string>>;
  /** Where the one process keeps what is in no database server. */
  readonly folder: string;
  /** What runs, by name; the one process is "signalbox". */
  readonly programs: ReadonlyMap<string, Supervised>;
  /** What its programs were started with. */
  readonly environment: Readonly<Record<string, string>>;
}

/** As `npm start` and `npm run mesh` run node. */
export const nodeOptions = "--max-semi-space-size=8";

const settings = {
  SIGNALBOX_ADDRESS_RATE: "1000000",
  SIGNALBOX_PRINCIPAL_RATE: "1000000",
  NODE_OPTIONS: nodeOptions,
};

/** `npm start`: everything in one process, on an empty database of this engine. */
export async function oneProcess(stage: Stage, dialect: DialectName, environment: Readonly<Record<string, string>> = {}): Promise<Place> {
  const database = dialect === "sqlite" || environment.SIGNALBOX_DATABASE_URL ? undefined : await stage.database(dialect);
  const all = { ...settings, ...(database ? { SIGNALBOX_DATABASE_URL: database.url } : {}), ...environment };
  const plane = stage.own(await startPlaneApart(all), (each) => each.close());
  return { ...plane, addresses: {}, programs: new Map([["signalbox", plane.program]]), environment: all };
}

/** `npm run mesh`: a process for each service and the edge, on an empty database of this engine and with Redis. */
export async function wholeMesh(
  stage: Stage,
  dialect: Exclude<DialectName, "sqlite">,
  environment: Readonly<Record<string, string>> = {},
): Promise<Place> {
  await stage.server(dialect === "mysql" ? "mariadb" : dialect);
  const redisUrl = await stage.server("redis");
  const mesh = stage.own(await startMesh({ dialect, redisUrl, environment: { ...settings, ...environment } }), (each) => each.close());
  return { ...mesh, folder: "" };
}
