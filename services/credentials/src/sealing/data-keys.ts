import type { Clock } from "@signalbox/runtime/clock.ts";
import { type DataKey, dataKeySealer, type KeyEncryption, newDataKey } from "@signalbox/runtime/crypto/envelope.ts";
import { keyIdOf, type Sealer } from "@signalbox/runtime/crypto/seal.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { CredentialsTables, DataKeyRow } from "../tables.ts";
import { dataKeyBinding } from "./bindings.ts";

/** The data keys of workspaces: kept wrapped, unwrapped for as long as a call takes. */
export interface DataKeys {
  /**
   * Seals and opens under the data keys of a workspace, whose first one is
   * made when it is asked for. Talks to the database outside of any
   * transaction, so it comes before one. Fails with KEY_UNKNOWN when a key
   * is wrapped under one that is not configured.
   */
  sealerOf(workspaceId: Id): Promise<Sealer>;
}

export function dataKeys({ db, dialect }: Database<CredentialsTables>, encryption: KeyEncryption, clock: Clock): DataKeys {
  const read = (workspaceId: Id): Promise<DataKeyRow[]> =>
    db.selectFrom("credentials_data_key").selectAll().where("workspaceId", "=", workspaceId).orderBy("number", "desc").execute();

  async function makeFirst(workspaceId: Id): Promise<void> {
    const wrapped = await encryption.wrapKey(newDataKey(), dataKeyBinding(workspaceId, 1));
    const row: DataKeyRow = { workspaceId, number: 1, wrappedBy: keyIdOf(wrapped), wrapped, createTime: clock() };
    // Of any number of replicas that make one, the first wins, and all read it afterwards.
    await dialect.onConflict(db.insertInto("credentials_data_key").values(row), ["workspaceId", "number"], []).execute();
  }

  const unwrap = async ({ workspaceId, number, wrapped }: DataKeyRow): Promise<DataKey> => ({
    id: String(number),
    dataKey: await encryption.unwrapKey(wrapped, dataKeyBinding(workspaceId, number)),
  });

  return {
    async sealerOf(workspaceId) {
      let rows = await read(workspaceId);
      if (rows.length === 0) {
        await makeFirst(workspaceId);
        rows = await read(workspaceId);
      }
      const [current, ...others] = await Promise.all(rows.map(unwrap));
      if (!current) throw new Error("the data key that was just made is gone");
      return dataKeySealer([current, ...others]);
    },
  };
}
