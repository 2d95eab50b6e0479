import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

interface Chosen {
  workspaceId: Id;
  /** Whose they are: the workspace's own id, or that of a principal. */
  id: Id;
  /** Counts the changes, from 1. */
  revision: number;
  createTime: Micros;
  /** 0 until something was changed. */
  updateTime: Micros;
}

export interface SettingsRow extends Chosen {
  displayName: string;
  logoUrl: string;
  announcements: number;
  updates: number;
  /** When a person last called, to the minute; 0 for never. */
  activityTime: Micros;
}

export interface PreferencesRow extends Chosen {
  /** All zeros for none. */
  projectId: Id;
  /** The JSON as it was given; empty for none. */
  details: string;
}
