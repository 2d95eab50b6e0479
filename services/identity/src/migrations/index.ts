import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { principals } from "./0001-principals.ts";
import { credentials } from "./0002-credentials.ts";
import { principalFields } from "./0003-principal-fields.ts";
import { principalOrders } from "./0004-principal-orders.ts";

export const migrations: Readonly<Record<string, Migration>> = {
  "0001-principals": principals,
  "0002-credentials": credentials,
  "0003-principal-fields": principalFields,
  "0004-principal-orders": principalOrders,
};
