import { createHash } from "node:crypto";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { organizationCreated, workspaceChanged, workspaceCreated } from "./events.ts";
import { memberStore } from "./member/store.ts";
import { migrations } from "./migrations/index.ts";
import { organizationStore } from "./organization/store.ts";
import type { OrgTables } from "./tables.ts";
import { workspaceStore } from "./workspace/store.ts";

/** What a new installation begins with. All ids are UUIDs. */
export interface FirstOrganization {
  readonly organization: { readonly id: string; readonly name: string };
  readonly workspace: { readonly id: string; readonly name: string };
  /** The principal that administers both. */
  readonly owner: string;
}

/** Makes the first organization and its workspace, each unless it is there. A repeat changes nothing. */
export async function bootstrapOrganization(
  { open, clock, wakeups }: Pick<Needs, "open" | "clock" | "wakeups">,
  { organization, workspace, owner }: FirstOrganization,
): Promise<void> {
  const database = await open<OrgTables>(migrations);
  try {
    const log = outbox(database as unknown as Database<never>, "org", wakeups);
    const now = clock();
    const made = (name: string) => ({
      name,
      displayName: "",
      description: "",
      ownerId: toId(owner),
      contentHash: createHash("sha256").update("bootstrap").digest(),
      revision: 1,
      createTime: now,
      updateTime: now,
    });
    const organizationId = toId(organization.id);
    await unlessThere(database, async (trx) => {
      if (await organizationStore(trx).find(organization.id)) return;
      const row = { ...made(organization.name), id: organizationId, departures: 0 };
      await organizationStore(trx).add(row);
      await memberStore(trx, database.dialect).join(row.id, row.ownerId, now);
      await log.append(trx, [organizationCreated(row, now)]);
    });
    await unlessThere(database, async (trx) => {
      if (await workspaceStore(trx).find(workspace.id)) return;
      const row = { ...made(workspace.name), id: toId(workspace.id), organizationId };
      await workspaceStore(trx).add(row);
      await log.append(trx, [workspaceChanged(row, now), workspaceCreated(row, now)]);
    });
  } finally {
    await database.close();
  }
}

/** Programs that start at once try at once: whoever comes second looks again, and finds it there. */
async function unlessThere(database: Database<OrgTables>, make: Parameters<typeof database.transact<void>>[0]): Promise<void> {
  await database.transact(make).catch((cause: unknown) => {
    if (database.dialect.explain(cause)?.kind !== "taken") throw cause;
    return database.transact(make);
  });
}
