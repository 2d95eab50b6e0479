import type { Driver } from "kysely";
import { gauge } from "./gauges.ts";

/** The same driver, with how its connections are used to be seen. */
export function gaugedPool(driver: Driver, service: string): Driver {
  let inUse = 0;
  let waiting = 0;
  const attributes = { service };
  gauge("db.pool.in_use", { description: "Connections that are at work", unit: "{connections}", attributes }, () => inUse);
  gauge("db.pool.waiting", { description: "Those who wait for a connection", unit: "{waiting}", attributes }, () => waiting);
  return {
    init: (options) => driver.init(options),
    async acquireConnection(options) {
      waiting += 1;
      try {
        const connection = await driver.acquireConnection(options);
        inUse += 1;
        return connection;
      } finally {
        waiting -= 1;
      }
    },
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
    async releaseConnection(connection, options) {
      inUse -= 1;
      await driver.releaseConnection(connection, options);
    },
    destroy: (options) => driver.destroy(options),
  };
}
