import { toBinary } from "@bufbuild/protobuf";
import { ProjectSchema, ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import {
  CreateProjectRequestSchema,
  type ProjectService,
  UpdateProjectRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, idReused, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { NewEvent } from "@signalbox/runtime/store/outbox.ts";
import type { Context } from "../context.ts";
import { toProject } from "./mapping.ts";
import { projectStore } from "./store.ts";
import type { ProjectRow } from "./tables.ts";

export function projectHandlers(context: Context): Handlers<typeof ProjectService> {
  const { database, mutate, log, clock, policy } = context;
  const { dialect } = database;
  const projects = projectStore(database, policy);

  /** What other services hear of a project, which some of them show by name. */
  const changed = (row: ProjectRow): NewEvent => ({
    workspaceId: row.workspaceId,
    kind: "project.changed",
    subject: row.id,
    payload: Buffer.from(toBinary(ProjectSchema, toProject(row, policy))),
    createdTime: row.updateTime,
  });

  return {
    async createProject(request, call) {
      checkName(request.name);
      const { name, displayName, description } = request;
      const [workspaceId, now] = [workspaceOf(call), clock()];
      const row: ProjectRow = {
        workspaceId,
        id: request.id ? toId(request.id) : newId(),
        ownerId: callerId(call),
        contentHash: contentHash(CreateProjectRequestSchema, request),
        name,
        displayName,
        description,
        state: ProjectState.ACTIVE,
        goneId: noId,
        purgedTime: 0,
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const kept = await createOnce({
        dialect,
        type: "project",
        row,
        name,
        find: () => projects.find(workspaceId, row.id),
        insert: () =>
          mutate(call, { subject: toUuid(row.id), project: toUuid(row.id) }, async (trx) => {
            await projects.add(trx, row);
            await log.append(trx, [changed(row)]);
            return row;
          }),
      });
      if (kept.state !== ProjectState.ACTIVE) throw idReused("project", row.id);
      return { project: toProject(kept, policy) };
    },

    async getProject(_, call) {
      return { project: toProject(await projects.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listProjects(request, call) {
      const { rows, ...page } = await projects.list(listQuery(context.lists, request, call));
      return { projects: rows.map((row) => toProject(row, policy)), ...pageOf(page) };
    },

    async updateProject(request, call) {
      const patch = patchOf(UpdateProjectRequestSchema, request, ["name", "displayName", "description"]);
      if (patch.name !== undefined) checkName(patch.name);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const row = await naming(dialect, "project", patch.name, () =>
        mutate(call, { subject: toUuid(id), project: toUuid(id) }, async (trx) => {
          const { row, changed: news } = await projects.change(trx, workspaceId, id, { patch, etag: request.etag, now: clock() });
          if (news) await log.append(trx, [changed(row)]);
          return row;
        }),
      );
      return { project: toProject(row, policy) };
    },

    async deleteProject({ etag }, call) {
      const [workspaceId, id, now] = [workspaceOf(call), grantedId(call), clock()];
      await mutate(call, { subject: toUuid(id), project: toUuid(id) }, async (trx) => {
        await projects.markDeleting(trx, workspaceId, id, etag, now);
        await log.append(trx, [{ workspaceId, kind: "project.deleting", subject: id, payload: Buffer.alloc(0), createdTime: now }]);
      });
      return {};
    },

    async resolveProjects({ workspace, references }) {
      const found = await projects.resolve(toId(workspace), references);
      return {
        projects: found.map(({ reference, row }) => ({
          reference,
          id: toUuid(row.id),
          name: row.name,
          owner: toUuid(row.ownerId),
          state: row.state,
        })),
      };
    },
  };
}
