import type { HookInvocation } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { ReadDocuments } from "../run/documents.ts";
import type { PrincipalNames } from "../run/mapping.ts";
import type { RunsTables } from "../tables.ts";
import { hookListing } from "./listing.ts";
import { toHookInvocation } from "./mapping.ts";
import type { HookInvocationTable } from "./tables.ts";

const scope = { project: "projectId", owner: "ownerId" };

/** Reads what hooks did. All rows that it is given are of one workspace. */
export function hookStore({ db }: Pick<Database<RunsTables>, "db">, documents: ReadDocuments, names: PrincipalNames) {
  const all = (workspace: Id) => db.selectFrom("runsHookInvocation").selectAll().where("workspaceId", "=", workspace);
  return {
    find: (workspace: Id, run: Id, id: Id): Promise<HookInvocationTable | undefined> =>
      all(workspace).where("id", "=", id).where("runId", "=", run).executeTakeFirst(),

    list({ workspaceId, visible, projectId, request, context }: ListQuery): Promise<Page<HookInvocationTable>> {
      const seen = all(workspaceId).where(visibleWhere(visible, scope) as never);
      const listing = hookListing(names, { projectId, visible });
      return list(projectId ? seen.where("projectId", "=", projectId) : seen, listing, request, context);
    },

    async describe(rows: readonly HookInvocationTable[]): Promise<HookInvocation[]> {
      const [first] = rows;
      if (!first) return [];
      const hashes = rows.flatMap(({ exception, outputs }) => [exception, outputs]);
      const texts = await documents(first.workspaceId, hashes);
      return rows.map((row) => toHookInvocation(row, names, texts));
    },
  };
}

export type HookStore = ReturnType<typeof hookStore>;
