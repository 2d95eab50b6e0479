import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type PreferencesSchema,
  type SettingsSchema,
  type SettingsService,
  UpdatePreferencesRequestSchema,
  UpdateSettingsRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/settings_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import { changeRow, findRow } from "@signalbox/runtime/resource/change.ts";
import { jsonOf, jsonText } from "@signalbox/runtime/resource/json.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { etagOf, patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { projectResolver } from "../project/resolver.ts";
import { ensureRow, unchangedPreferences, unchangedSettings } from "./store.ts";
import type { PreferencesRow, SettingsRow } from "./tables.ts";

export function settingsHandlers(context: Context): Handlers<typeof SettingsService> {
  const { database, mutate, clock } = context;
  const { db, dialect } = database;
  const may = callerMay(context);
  const findProject = projectResolver(db);
  const settingsAt = (workspaceId: Id) => ({ table: "registry_settings", type: "settings", workspaceId, id: workspaceId }) as const;
  const preferencesAt = (workspaceId: Id, id: Id) => ({ table: "registry_preferences", type: "preferences", workspaceId, id }) as const;

  /** The id of a project that the caller may read. */
  async function projectFor(call: Call, reference: string): Promise<string | undefined> {
    const found = await findProject(reference, { project: undefined, call });
    return found && (await may(call, "project.read", found)) ? found.id : undefined;
  }

  async function toPreferences(row: PreferencesRow, call: Call): Promise<MessageInitShape<typeof PreferencesSchema>> {
    const { id, projectId, details, updateTime, revision } = row;
    const defaultProject = projectId.equals(noId) ? "" : await projectFor(call, toUuid(projectId));
    return {
      ...{ principal: toUuid(id), defaultProject: defaultProject ?? "", details: jsonOf(details), etag: etagOf(revision) },
      ...(updateTime > 0 && { updateTime: toTimestamp(updateTime) }),
    };
  }

  return {
    async getSettings(_, call) {
      const workspaceId = workspaceOf(call);
      return { settings: toSettings((await findRow(db, settingsAt(workspaceId))) ?? unchangedSettings(workspaceId, 0)) };
    },

    async updateSettings(request, call) {
      const [workspaceId, now] = [workspaceOf(call), clock()];
      const asked = patchOf(UpdateSettingsRequestSchema, request, ["displayName", "logoUrl", "announcements", "updates"]);
      const { announcements, updates, ...texts } = asked;
      const patch = {
        ...texts,
        ...("announcements" in asked && { announcements: Number(announcements ?? true) }),
        ...("updates" in asked && { updates: Number(updates ?? true) }),
      };
      const { row } = await mutate(call, { subject: toUuid(workspaceId) }, async (trx) => {
        await ensureRow(trx, dialect, "registry_settings", unchangedSettings(workspaceId, now));
        return changeRow(trx, settingsAt(workspaceId), { patch, etag: request.etag, now });
      });
      return { settings: toSettings(row) };
    },

    async getPreferences(_, call) {
      const [workspaceId, id] = [workspaceOf(call), callerId(call)];
      const row = (await findRow(db, preferencesAt(workspaceId, id))) ?? unchangedPreferences(workspaceId, id, 0);
      return { preferences: await toPreferences(row, call) };
    },

    async updatePreferences(request, call) {
      const [workspaceId, id, now] = [workspaceOf(call), callerId(call), clock()];
      const asked = patchOf(UpdatePreferencesRequestSchema, request, ["defaultProject", "details"]);
      const project = asked.defaultProject ? await projectFor(call, asked.defaultProject) : "";
      if (project === undefined) throw notFound("project", request.defaultProject);
      const patch = {
        ...("defaultProject" in asked && { projectId: project === "" ? noId : toId(project) }),
        ...("details" in asked && { details: jsonText(asked.details, "details") }),
      };
      const { row } = await mutate(call, { subject: toUuid(id), ...(project && { project }) }, async (trx) => {
        await ensureRow(trx, dialect, "registry_preferences", unchangedPreferences(workspaceId, id, now));
        return changeRow(trx, preferencesAt(workspaceId, id), { patch, etag: request.etag, now });
      });
      return { preferences: await toPreferences(row, call) };
    },
  };
}

const toSettings = (row: SettingsRow): MessageInitShape<typeof SettingsSchema> => ({
  workspace: toUuid(row.workspaceId),
  ...{ displayName: row.displayName, logoUrl: row.logoUrl },
  ...{ announcements: row.announcements === 1, updates: row.updates === 1, etag: etagOf(row.revision) },
  ...(row.activityTime > 0 && { lastActivityTime: toTimestamp(row.activityTime) }),
  ...(row.updateTime > 0 && { updateTime: toTimestamp(row.updateTime) }),
});
