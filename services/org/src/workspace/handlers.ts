import {
  CreateWorkspaceRequestSchema,
  UpdateWorkspaceRequestSchema,
  type WorkspaceService,
} from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { holds } from "@signalbox/runtime/events/holds.ts";
import { type Id, newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { enterable, organizationsOf } from "../access.ts";
import { workspaceChanged, workspaceCreated } from "../events.ts";
import { grantedId } from "../granted.ts";
import { checkName, repeated } from "../name.ts";
import { type OrgOptions, settleMs } from "../options.ts";
import { organizationStore } from "../organization/store.ts";
import type { WorkspaceTable } from "../tables.ts";
import { overtaken, update } from "../update.ts";
import { toWorkspace } from "./mapping.ts";
import { workspaceStore } from "./store.ts";

export function workspaceHandlers(options: OrgOptions): Handlers<typeof WorkspaceService> {
  const { database, log, mutate, policy, seal, clock } = options;
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
      const kept = await mutate(call, { subject, organization }, async (trx) => {
        await workspaceStore(trx).add(row);
        await log.append(trx, [workspaceChanged(row, now), workspaceCreated(row, now)]);
        return row;
      }).catch(async (cause: unknown) => {
        if (dialect.explain(cause)?.kind !== "taken") throw cause;
        return repeated("workspace", row, await store.find(subject), cause);
      });
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
      const bound = [nameOf(call.method), toUuid(callerId(call)), organizationId ? toUuid(organizationId) : ""];
      const context = { seal, bound, clock, dialect };
      const { rows, nextPageToken, totalSize } = await store.list(enterable(policy, call), organizationId, request, context);
      return { workspaces: rows.map((row) => toWorkspace(row, policy)), nextPageToken, ...(totalSize !== undefined && { totalSize }) };
    },

    async updateWorkspace(request, call) {
      const id = grantedId(call);
      const patch = patchOf(UpdateWorkspaceRequestSchema, request, ["displayName", "description"]);
      const about = { subject: toUuid(id) };
      const row = await update<WorkspaceTable, typeof patch>({
        read: () => store.get(id),
        patch,
        etag: request.etag,
        write: ({ revision }, changed) =>
          mutate(call, about, async (trx) => {
            if (!(await workspaceStore(trx).change(id, revision, changed, clock()))) throw overtaken;
          }),
      });
      return { workspace: toWorkspace(row, policy) };
    },
  };
}
