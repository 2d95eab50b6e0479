import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Kysely } from "kysely";
import type { CredentialsTables } from "../tables.ts";
import type { CodeAccessRow } from "./tables.ts";

type Db = Kysely<CredentialsTables>;

/** Of which code repository. */
type Which = Pick<CodeAccessRow, "workspaceId" | "codeRepositoryId" | "repositoryTime">;

export function codeAccessStore({ db, dialect }: Pick<Database<CredentialsTables>, "db" | "dialect">) {
  return {
    /** What a repository was given. One that has the id of an earlier one has nothing of it. */
    find({ workspaceId, codeRepositoryId, repositoryTime }: Which): Promise<CodeAccessRow | undefined> {
      return db
        .selectFrom("credentials_code_access")
        .selectAll()
        .where("workspaceId", "=", workspaceId)
        .where("codeRepositoryId", "=", codeRepositoryId)
        .where("repositoryTime", "=", repositoryTime)
        .executeTakeFirst();
    },

    async set(trx: Db, row: CodeAccessRow): Promise<void> {
      const { workspaceId: _, codeRepositoryId: __, ...rest } = row;
      const insert = trx.insertInto("credentials_code_access").values(row);
      await dialect.onConflict(insert, ["workspaceId", "codeRepositoryId"], Object.keys(rest)).execute();
    },

    async remove(trx: Db, { workspaceId, codeRepositoryId }: Pick<Which, "workspaceId" | "codeRepositoryId">): Promise<void> {
      const gone = trx.deleteFrom("credentials_code_access").where("workspaceId", "=", workspaceId);
      await gone.where("codeRepositoryId", "=", codeRepositoryId).execute();
    },
  };
}

/** Takes a secret that goes from all repositories that have it. */
export async function dropAccessBy(trx: Db, workspaceId: Id, secretId: Id): Promise<void> {
  await trx.deleteFrom("credentials_code_access").where("workspaceId", "=", workspaceId).where("secretId", "=", secretId).execute();
}
