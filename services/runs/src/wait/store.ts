import type { WaitCondition } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { WaitConditionStatus } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { type Id, isUuid, toId } from "@signalbox/runtime/ids.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { ReadDocuments } from "../run/documents.ts";
import type { PrincipalNames } from "../run/mapping.ts";
import type { RunsTables } from "../tables.ts";
import { waitListing } from "./listing.ts";
import { documentsOf, toWaitCondition } from "./mapping.ts";
import type { WaitConditionTable } from "./tables.ts";

const scope = { project: "projectId", owner: "ownerId" };

/** Reads what runs wait for. All rows that it is given are of one workspace. */
export function waitStore(database: Pick<Database<RunsTables>, "db" | "dialect">, documents: ReadDocuments, names: PrincipalNames) {
  const { db } = database;
  const all = (workspace: Id, from: Kysely<RunsTables> = db) =>
    from.selectFrom("runsWaitCondition").selectAll().where("workspaceId", "=", workspace);

  async function describe(rows: readonly WaitConditionTable[]): Promise<WaitCondition[]> {
    const [first] = rows;
    if (!first) return [];
    const texts = await documents(first.workspaceId, rows.flatMap(documentsOf));
    return rows.map((row) => toWaitCondition(row, names, texts));
  }

  return {
    describe,

    byId: (workspace: Id, id: Id): Promise<WaitConditionTable | undefined> => all(workspace).where("id", "=", id).executeTakeFirst(),

    /** A condition of a run, by id or name. */
    find(workspace: Id, run: Id, reference: string, from: Kysely<RunsTables> = db): Promise<WaitConditionTable | undefined> {
      const own = all(workspace, from).where("runId", "=", run);
      return (isUuid(reference) ? own.where("id", "=", toId(reference)) : own.where("name", "=", reference)).executeTakeFirst();
    },

    list(query: ListQuery): Promise<Page<WaitConditionTable>> {
      const { workspaceId, visible, projectId, request, context } = query;
      const seen = all(workspaceId).where(visibleWhere(visible, scope) as never);
      return list(projectId ? seen.where("projectId", "=", projectId) : seen, waitListing(database, names, query), request, context);
    },

    /** Those of a run that were answered after so many answers, oldest first. */
    answered: (workspace: Id, run: Id, after: number): Promise<WaitConditionTable[]> =>
      all(workspace).where("runId", "=", run).where("answer", ">", after).orderBy("answer").limit(100).execute(),

    /** What each of these runs waits for, the oldest first, by the run's id in hexadecimal. */
    async pending(workspace: Id, runs: readonly Id[]): Promise<Map<string, WaitCondition>> {
      if (runs.length === 0) return new Map();
      const rows = await all(workspace)
        .where("runId", "in", [...runs])
        .where("status", "=", WaitConditionStatus.PENDING)
        .orderBy("createTime", "desc")
        .orderBy("id", "desc")
        .execute();
      const oldest = [...new Map(rows.map((row) => [row.runId.toString("hex"), row])).values()];
      const described = await describe(oldest);
      return new Map(oldest.map((row, i) => [row.runId.toString("hex"), described[i] as WaitCondition]));
    },
  };
}

export type WaitStore = ReturnType<typeof waitStore>;
