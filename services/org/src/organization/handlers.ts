import {
  CreateOrganizationRequestSchema,
  type OrganizationService,
  UpdateOrganizationRequestSchema,
} from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { holds } from "@signalbox/runtime/events/holds.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { organizationsOf } from "../access.ts";
import { organizationCreated } from "../events.ts";
import { grantedId } from "../granted.ts";
import { memberStore } from "../member/store.ts";
import { checkName, nameTaken, repeated } from "../name.ts";
import type { OrgOptions } from "../options.ts";
import { settleMs } from "../options.ts";
import type { OrganizationTable } from "../tables.ts";
import { overtaken, update } from "../update.ts";
import { toOrganization } from "./mapping.ts";
import { organizationStore } from "./store.ts";

type Methods = "createOrganization" | "getOrganization" | "listOrganizations" | "updateOrganization";

export function organizationHandlers(options: OrgOptions): Pick<Handlers<typeof OrganizationService>, Methods> {
  const { database, log, mutate, policy, seal, clock } = options;
  const { db, dialect } = database;
  const store = organizationStore(db);

  return {
    async createOrganization(request, call) {
      const { name, displayName, description } = request;
      checkName(name);
      const now = clock();
      const row: OrganizationTable = {
        id: request.id === "" ? newId() : toId(request.id),
        name,
        displayName,
        description,
        ownerId: callerId(call),
        contentHash: contentHash(CreateOrganizationRequestSchema, request),
        revision: 1,
        departures: 0,
        createTime: now,
        updateTime: now,
      };
      const subject = toUuid(row.id);
      const kept = await mutate(call, { subject, organization: subject }, async (trx) => {
        await organizationStore(trx).add(row);
        await memberStore(trx, dialect).join(row.id, row.ownerId, now);
        await log.append(trx, [organizationCreated(row, now)]);
        return row;
      }).catch(async (cause: unknown) => {
        if (dialect.explain(cause)?.kind !== "taken") throw cause;
        return repeated("organization", row, await store.find(subject), cause);
      });
      // Whoever made it can use it when the answer is there.
      const owner = toUuid(kept.ownerId);
      await holds(policy, () => policy.allows(owner, "organization.update", { organization: subject }), settleMs, call.signal);
      return { organization: toOrganization(kept) };
    },

    async getOrganization(_, call) {
      return { organization: toOrganization(await store.get(grantedId(call))) };
    },

    async listOrganizations(request, call) {
      const ids = await organizationsOf(options, call);
      const bound = [nameOf(call.method), toUuid(callerId(call))];
      const { rows, nextPageToken, totalSize } = await store.list(ids, request, { seal, bound, clock, dialect });
      return { organizations: rows.map(toOrganization), nextPageToken, ...(totalSize !== undefined && { totalSize }) };
    },

    async updateOrganization(request, call) {
      const id = grantedId(call);
      const patch = patchOf(UpdateOrganizationRequestSchema, request, ["name", "displayName", "description"]);
      if (patch.name !== undefined) checkName(patch.name);
      const subject = toUuid(id);
      const row = await update<OrganizationTable, typeof patch>({
        read: () => store.get(id),
        patch,
        etag: request.etag,
        write: ({ revision }, changed) =>
          mutate(call, { subject, organization: subject }, async (trx) => {
            if (!(await organizationStore(trx).change(id, revision, changed, clock()))) throw overtaken;
          }),
      }).catch((cause: unknown) => {
        throw dialect.explain(cause)?.kind === "taken" ? nameTaken("organization", patch.name ?? "", cause) : cause;
      });
      return { organization: toOrganization(row) };
    },
  };
}
