import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { rbac } from "./0001-rbac.ts";

export const migrations: Readonly<Record<string, Migration>> = { "0001-rbac": rbac };
