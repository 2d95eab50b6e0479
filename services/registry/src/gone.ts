import type { Id } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { Context } from "./context.ts";
import type { RegistryTables } from "./tables.ts";

/** Tells other services that something is gone, in the transaction of its deletion: what they keep beside it goes, too. */
export const tellGone =
  ({ log, clock }: Pick<Context, "log" | "clock">, kind: "pipeline.deleted" | "pipeline.purging" | "snapshot.deleted" | "model.deleted") =>
  (trx: Kysely<RegistryTables>, workspaceId: Id, ids: readonly Id[]): Promise<void> =>
    log.append(
      trx,
      ids.map((subject) => ({ workspaceId, kind, subject, payload: Buffer.alloc(0), createdTime: clock() })),
    );
