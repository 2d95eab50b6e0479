import type { Micros } from "@signalbox/runtime/clock.ts";
import { type Id, noId } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import type { PreferencesRow, SettingsRow } from "./tables.ts";

type Tables = Pick<RegistryTables, "registry_settings" | "registry_preferences">;

/** What a workspace has in which nobody changed anything. */
export const unchangedSettings = (workspaceId: Id, now: Micros): SettingsRow => ({
  ...{ workspaceId, id: workspaceId, displayName: "", logoUrl: "", announcements: 1, updates: 1, activityTime: 0 },
  ...{ revision: 1, createTime: now, updateTime: 0 },
});

/** What somebody has who chose nothing. */
export const unchangedPreferences = (workspaceId: Id, id: Id, now: Micros): PreferencesRow => ({
  ...{ workspaceId, id, projectId: noId, details: "" },
  ...{ revision: 1, createTime: now, updateTime: 0 },
});

/** Sees to it that there is a row to change. */
export async function ensureRow<T extends keyof Tables>(
  db: Kysely<RegistryTables>,
  { onConflict }: Pick<Dialect, "onConflict">,
  table: T,
  row: Tables[T],
): Promise<void> {
  await onConflict(
    (db as Kysely<Tables>).insertInto(table as "registry_settings").values(row as SettingsRow),
    ["workspaceId", "id"],
    [],
  ).execute();
}
