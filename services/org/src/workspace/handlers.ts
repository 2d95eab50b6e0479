import {
  CreateWorkspaceRequestSchema,
  UpdateWorkspaceRequestSchema,
  type WorkspaceService,
} from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { holds } from "@signalbox/runtime/events/holds.ts";
import { type Id, newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import { rewrite, writeRow } from "@signalbox/runtime/resource/rewrite.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { enterable, organizationsOf } from "../access.ts";
import { workspaceChanged, workspaceCreated } from "../events.ts";
import { type OrgOptions, settleMs } from "../options.ts";
import { organizationStore } from "../organization/store.ts";
import { sameCreation } from "../same-creation.ts";
import type { WorkspaceTable } from "../tables.ts";
import { toWorkspace } from "./mapping.ts";
import { workspaceStore } from "./store.ts";

export function workspaceHandlers(options: OrgOptions): Handlers<typeof WorkspaceService> {
  const { database, log, mutate, policy, lists, clock } = options;
  const { db, dialect } = database;
  const store = workspaceStore(db);

  /** The organization that a list is bounded to. One that the caller is not in is NOT_FOUND. */
  async function narrowed(reference: string, call: Call): Promise<Id | undefined> {
    if (reference === "") return undefined;
    const found = await organizationStore(db).find(reference);
    const own = await organizationsOf(options, call);
    if (!found || own?.some((id) => id.equals(found.id)) === false) throw notFound("organization", reference);
    return found.id;
  }

  return {
    async createWorkspace(request, call) {
      const { name, displayName, description } = request;
      checkName(name);
      const now = clock();
      const organizationId = grantedId(call);
      const row: WorkspaceTable = {
        id: request.id === "" ? newId() : toId(request.id),
        name,
        displayName,
        description,
        organizationId,
        ownerId: callerId(call),
        // The organization may be named or given by its id: what counts is which it is.
        contentHash: contentHash(CreateWorkspaceRequestSchema, { ...request, organization: toUuid(organizationId) }),
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const [subject, organization] = [toUuid(row.id), toUuid(organizationId)];
      const insert = () =>
        mutate(call, { subject, organization }, async (trx) => {
          await workspaceStore(trx).add(row);
          await log.append(trx, [workspaceChanged(row, now), workspaceCreated(row, now)]);
          return row;
        });
      const same = (held: WorkspaceTable) => sameCreation(row, held);
      const kept = await createOnce({ dialect, type: "workspace", row, name, insert, find: () => store.find(subject), same });
      // Whoever made it can enter it when the answer is there.
      const owner = toUuid(kept.ownerId);
      const settled = () => policy.facts.workspaces.has(subject) && policy.bindingsOf(owner).some(({ workspace }) => workspace === subject);
      await holds(policy, settled, settleMs, call.signal);
      return { workspace: toWorkspace(kept, policy) };
    },

    async getWorkspace(_, call) {
      return { workspace: toWorkspace(await store.get(grantedId(call)), policy) };
    },

    async listWorkspaces(request, call) {
      const organizationId = await narrowed(request.organization, call);
      const context = listContext(lists, call, toUuid(callerId(call)), organizationId ? toUuid(organizationId) : "");
      const { rows, ...page } = await store.list(enterable(policy, call), organizationId, request, context);
      return { workspaces: rows.map((row) => toWorkspace(row, policy)), ...pageOf(page) };
    },

    async updateWorkspace(request, call) {
      const id = grantedId(call);
      const patch = patchOf(UpdateWorkspaceRequestSchema, request, ["displayName", "description"]);
      const which = { table: "org_workspace", type: "workspace", id } as const;
      const row = await rewrite<WorkspaceTable, typeof patch>({
        read: () => store.get(id),
        patch,
        etag: request.etag,
        write: (before, fields) =>
          mutate(call, { subject: toUuid(id) }, (trx) => writeRow(trx, which, before, { ...fields, updateTime: clock() })),
      });
      return { workspace: toWorkspace(row, policy) };
    },
  };
}
