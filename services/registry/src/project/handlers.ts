import { toBinary } from "@bufbuild/protobuf";
import { ProjectSchema, ProjectState, ProjectStateSchema } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { idReused } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { livingProjects, markDeleting, resolveProjects } from "./store.ts";

export function projectHandlers(context: Context): Handlers<typeof ProjectService> {
  const { database, mutate, log, clock } = context;
  const projects = standard(context, {
    service: ProjectService,
    name: "Project",
    table: "registry_project",
    scope: livingProjects,
    projectOf: ({ id }) => id,
    documents: ["details"],
    row: ({ name, displayName, description }) => ({
      name,
      displayName,
      description,
      state: ProjectState.ACTIVE,
      goneId: noId,
      purgedTime: 0,
    }),
    message: ({ name, displayName, description, state }) => ({ name, displayName, description, state }),
    changes: ["name", "displayName", "description", "details"],
    fields: () => ({
      name: { kind: "text", sortable: true },
      display_name: { kind: "text", sortable: true },
      description: { kind: "text" },
      state: { kind: "enum", enum: ProjectStateSchema },
    }),
    /** What other services hear of a project, which some of them show by name. */
    async changed(trx, { workspaceId, id, updateTime }, project) {
      const payload = Buffer.from(toBinary(ProjectSchema, project));
      await log.append(trx, [{ workspaceId, kind: "project.changed", subject: id, payload, createdTime: updateTime }]);
    },
  });

  return {
    ...projects,

    async createProject(request, call) {
      const created = await projects.createProject(request, call);
      if (created.project?.state !== ProjectState.ACTIVE) throw idReused("project", toId(request.id));
      return created;
    },

    /** Marks it as going: what lies in it is deleted little by little. */
    async deleteProject({ etag }, call) {
      const [workspaceId, id, now] = [workspaceOf(call), grantedId(call), clock()];
      await mutate(call, { subject: toUuid(id), project: toUuid(id) }, async (trx) => {
        await markDeleting(trx, workspaceId, id, etag, now);
        await log.append(trx, [{ workspaceId, kind: "project.deleting", subject: id, payload: Buffer.alloc(0), createdTime: now }]);
      });
      return {};
    },

    async resolveProjects({ workspace, references }) {
      const found = await resolveProjects(database.db, toId(workspace), references);
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
