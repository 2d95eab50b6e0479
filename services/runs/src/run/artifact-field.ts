import { filterInvalid } from "@signalbox/runtime/filter/invalid.ts";
import { type Id, isUuid, toId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Member, MemberField } from "@signalbox/runtime/store/listing.ts";
import { there } from "@signalbox/runtime/store/there.ts";
import type { RunsTables } from "../tables.ts";
import { runsOf } from "./runs-of.ts";

const tables = ["runsInput", "runsOutput"] as const;

/** `artifact:<artifact version's id>`: what a run consumed or produced. */
export function artifactField({ db, dialect }: Pick<Database<RunsTables>, "db" | "dialect">, workspace: Id): MemberField {
  return {
    kind: "member",
    has: (row, member) => {
      const version = versionOf(member);
      const of = (table: (typeof tables)[number]) => {
        const edges = row
          .selectFrom(table)
          .select(`${table}.name`)
          .whereRef(`${table}.workspaceId`, "=", "runsRun.workspaceId")
          .whereRef(`${table}.runId`, "=", "runsRun.id");
        return version ? edges.where(`${table}.artifactVersionId`, "=", version) : edges;
      };
      // Asked run by run: of two that are asked apart, PostgreSQL would read all that there are.
      return there(of("runsInput").unionAll(of("runsOutput")));
    },
    having: async (member, most) => {
      const version = versionOf(member);
      if (!version) return undefined;
      const of = (table: (typeof tables)[number]) => {
        const edges = db.selectFrom(table).select("runId").where("workspaceId", "=", workspace).where("artifactVersionId", "=", version);
        return dialect.readBy(edges.orderBy("runId"), table === "runsInput" ? "runs_input_version" : "runs_output_version");
      };
      return runsOf(tables.map(of), most);
    },
  };
}

/** undefined for any. */
function versionOf({ name }: Member): Id | undefined {
  if (name === undefined) return undefined;
  if (isUuid(name)) return toId(name);
  throw filterInvalid(1, "artifact is asked by the UUID of an artifact version, as artifact:0192a5d4-0000-7000-8000-000000000001");
}
