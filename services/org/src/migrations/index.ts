import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { org } from "./0001-org.ts";

export const migrations: Readonly<Record<string, Migration>> = { "0001-org": org };
