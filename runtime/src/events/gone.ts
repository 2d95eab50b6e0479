import type { Kysely } from "kysely";
import type { Clock } from "../clock.ts";
import type { Id } from "../ids.ts";
import type { Outbox } from "../store/outbox.ts";

/** Tells other services that something is gone, in the transaction of its deletion: what they keep beside it goes, too. */
export const tellGone =
  ({ log, clock }: { readonly log: Pick<Outbox, "append">; readonly clock: Clock }, kind: `${string}.${"deleted" | "purging"}`) =>
  // biome-ignore lint/suspicious/noExplicitAny: any transaction of the service
  (trx: Kysely<any>, workspaceId: Id, ids: readonly Id[]): Promise<void> =>
    log.append(
      trx,
      ids.map((subject) => ({ workspaceId, kind, subject, payload: Buffer.alloc(0), createdTime: clock() })),
    );
