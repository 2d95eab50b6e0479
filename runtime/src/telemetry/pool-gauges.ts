import type { Driver } from "kysely";
import { gauge } from "./gauges.ts";

/** The same driver, with how its connections are used to be seen. */
export function gaugedPool(driver: Driver, service: string): Driver {
  let inUse = 0;
  let waiting = 0;
  const attributes = { service };
  gauge("db.pool.in_use", { description: "Connections that are at work", unit: "{connections}", attributes }, () => inUse);
  gauge("db.pool.waiting", { description: "Those who wait for a connection", unit: "{waiting}", attributes }, () => waiting);
  const gauged: Driver = Object.create(driver);
  gauged.acquireConnection = async (options) => {
    waiting += 1;
    try {
      const connection = await driver.acquireConnection(options);
      inUse += 1;
      return connection;
    } finally {
      waiting -= 1;
    }
  };
  gauged.releaseConnection = async (connection) => {
    inUse -= 1;
    await driver.releaseConnection(connection);
  };
  return gauged;
}
