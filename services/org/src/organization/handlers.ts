import {
  CreateOrganizationRequestSchema,
  type OrganizationService,
  UpdateOrganizationRequestSchema,
} from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { holds } from "@signalbox/runtime/events/holds.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import { rewrite, writeRow } from "@signalbox/runtime/resource/rewrite.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { organizationsOf } from "../access.ts";
import { organizationCreated } from "../events.ts";
import { memberStore } from "../member/store.ts";
import type { OrgOptions } from "../options.ts";
import { settleMs } from "../options.ts";
import { sameCreation } from "../same-creation.ts";
import type { OrganizationTable } from "../tables.ts";
import { toOrganization } from "./mapping.ts";
import { organizationStore } from "./store.ts";

type Methods = "createOrganization" | "getOrganization" | "listOrganizations" | "updateOrganization";

export function organizationHandlers(options: OrgOptions): Pick<Handlers<typeof OrganizationService>, Methods> {
  const { database, log, mutate, policy, lists, clock } = options;
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
      const insert = () =>
        mutate(call, { subject, organization: subject }, async (trx) => {
          await organizationStore(trx).add(row);
          await memberStore(trx, dialect).join(row.id, row.ownerId, now);
          await log.append(trx, [organizationCreated(row, now)]);
          return row;
        });
      const same = (held: OrganizationTable) => sameCreation(row, held);
      const kept = await createOnce({ dialect, type: "organization", row, name, insert, find: () => store.find(subject), same });
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
      const { rows, ...page } = await store.list(ids, request, listContext(lists, call, toUuid(callerId(call))));
      return { organizations: rows.map(toOrganization), ...pageOf(page) };
    },

    async updateOrganization(request, call) {
      const id = grantedId(call);
      const patch = patchOf(UpdateOrganizationRequestSchema, request, ["name", "displayName", "description"]);
      if (patch.name !== undefined) checkName(patch.name);
      const subject = toUuid(id);
      const which = { table: "org_organization", type: "organization", id } as const;
      const change = () =>
        rewrite<OrganizationTable, typeof patch>({
          read: () => store.get(id),
          patch,
          etag: request.etag,
          write: (before, fields) =>
            mutate(call, { subject, organization: subject }, (trx) => writeRow(trx, which, before, { ...fields, updateTime: clock() })),
        });
      const row = await naming(dialect, "organization", patch.name, change);
      return { organization: toOrganization(row) };
    },
  };
}
