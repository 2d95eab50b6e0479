import type { Needs } from "@signalbox/runtime/host/part.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { administrator } from "./binding/administrators.ts";
import { toScopeIds } from "./binding/scope.ts";
import { bindingStore } from "./binding/store.ts";
import { migrations } from "./migrations/index.ts";
import type { RbacTables } from "./tables.ts";

/** Who is to administer which organization. Both are UUIDs. */
export interface Administrator {
  readonly principal: string;
  readonly organization: string;
}

/** Makes somebody an administrator on nobody's account, so that a new installation has one. A repeat changes nothing. */
export async function bootstrapAdministrator(
  { open, clock, wakeups }: Pick<Needs, "open" | "clock" | "wakeups">,
  { principal, organization }: Administrator,
): Promise<void> {
  const database = await open<RbacTables>(migrations);
  try {
    const log = outbox(database as unknown as Database<never>, "rbac", wakeups);
    const assignment = {
      principalId: toId(principal),
      role: administrator,
      ...toScopeIds({ organization, workspace: "", project: "" }),
    };
    await database.transact(async (trx) => {
      const event = await bindingStore(trx, database.dialect).keep(assignment, clock());
      if (event) await log.append(trx, [event]);
    });
    log.committed();
  } finally {
    await database.close();
  }
}
