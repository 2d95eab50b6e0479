import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { type Plane, startPlane } from "./plane.ts";

/** Several whole planes on one database. SQLite is one process's own, so there it is one. */
export async function startReplicas(
  dialect: DialectName,
): Promise<{ readonly planes: readonly [Plane, ...Plane[]]; close(): Promise<void> }> {
  if (dialect === "sqlite") {
    const plane = await startPlane(dialect);
    return { planes: [plane], close: () => plane.close() };
  }
  const database = await freshDatabase(dialect);
  const environment = {
    SIGNALBOX_DATABASE_URL: database.url,
    SIGNALBOX_MESH_KEYS: newKeyringEntry("m1"),
    SIGNALBOX_SEALING_KEYS: newKeyringEntry("s1"),
  };
  const planes: readonly [Plane, Plane] = [await startPlane("sqlite", environment), await startPlane("sqlite", environment)];
  return {
    planes,
    async close() {
      await Promise.all(planes.map((plane) => plane.close()));
      await database.drop();
    },
  };
}
