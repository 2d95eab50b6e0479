import type { Condition } from "@signalbox/runtime/filter/condition.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { comparedTests } from "@signalbox/runtime/resource/compared.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Member, MemberField, Row } from "@signalbox/runtime/store/listing.ts";
import { there } from "@signalbox/runtime/store/there.ts";
import { runsOf } from "../run/runs-of.ts";
import type { RunsTables } from "../tables.ts";

const seriesTests = ({ value }: Member): readonly Condition[] => [value?.asNumber?.("runsSeries.last") ?? ((row) => row.and([]))];

/** The tables of what was logged, by the name of what has the name and the value. */
const sources = {
  metadata: {
    table: "runsFact",
    named: "runsFact.key",
    index: "runs_fact_value",
    order: ["number", "text", "runId"],
    tests: comparedTests("runsFact"),
  },
  metrics: { table: "runsSeries", named: "runsSeries.name", index: "runs_series_last", order: ["last", "runId"], tests: seriesTests },
} as const;

/** What rows of these lists have logged, as a correlated query finds it. */
const owners = {
  /** The run, or any of its steps. */
  runs: (table: string) => [
    [`${table}.workspaceId`, "runsRun.workspaceId"],
    [`${table}.runId`, "runsRun.id"],
  ],
  steps: (table: string) => [
    [`${table}.workspaceId`, "runsStep.workspaceId"],
    [`${table}.runId`, "runsStep.runId"],
    [`${table}.stepId`, "runsStep.id"],
  ],
} as const;

function loggedBy(owner: keyof typeof owners, source: keyof typeof sources): MemberField {
  const { table, named, tests } = sources[source];
  return {
    kind: "member",
    valued: source === "metrics" ? "numbers" : true,
    has: (row, member) => {
      const all = owners[owner](table).reduce(
        (rows, [column, outer]) => rows.whereRef(column as string, "=", outer as string),
        row.selectFrom(table).select(named),
      );
      if (member.name === undefined) return there(all);
      const such = (each: Row) => each.or(tests(member).map((test) => test(each)));
      return there(all.where(named, "=", member.name).where(such as never));
    },
  };
}

/** `metadata.accuracy > 0.9` and `metrics.loss < 0.1`: the latest values of a step. */
export const loggedByStep = { metadata: loggedBy("steps", "metadata"), metrics: loggedBy("steps", "metrics") };

/** The same of a run as a whole or of any of its steps. */
export function loggedByRun({ db, dialect }: Pick<Database<RunsTables>, "db" | "dialect">, workspace: Id) {
  const field = (source: keyof typeof sources): MemberField => {
    const { table, named, index, order, tests } = sources[source];
    return {
      ...loggedBy("runs", source),
      having: async (member, most) => {
        const { name, value } = member;
        if (name === undefined || value?.asks === "rest" || value?.asks === "search") return undefined;
        const rows = db
          .selectFrom(table as "runsFact")
          .select("runId")
          .where("workspaceId", "=", workspace)
          .where(named as "key", "=", name);
        // In the order of the index, so that no engine looks for them elsewhere.
        const along = dialect.readBy(
          order.reduce((sorted, column) => sorted.orderBy(column as "key"), rows),
          index,
        );
        return runsOf(
          tests(member).map((test) => along.where(test as never)),
          most,
        );
      },
    };
  };
  return { metadata: field("metadata"), metrics: field("metrics") };
}
