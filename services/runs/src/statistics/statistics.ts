import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type GetRunStatisticsRequest, type Grouping, GroupingField } from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { noId } from "@signalbox/runtime/ids.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import { allMatching } from "@signalbox/runtime/store/search.ts";
import { type AliasedRawBuilder, type Kysely, type SelectQueryBuilder, sql } from "kysely";
import type { Context } from "../context.ts";
import { runListing } from "../run/listing.ts";
import { aggregated, fieldColumn, measureColumn, timeColumn } from "./columns.ts";
import { monthsBetween } from "./months.ts";

/** So many runs may be looked at. */
const most = 100_000;
const usualGroups = 1_000;

/** A group as the database tells of it: `key0`, `value0` and so on, in the order of what was asked. */
export type GroupRow = Readonly<Record<string, unknown>> & { readonly runs: number | string };

// biome-ignore lint/suspicious/noExplicitAny: the same
type Reading = Kysely<any>;
// biome-ignore lint/suspicious/noExplicitAny: which tables are joined and which columns there are is told by the request
type Query = SelectQueryBuilder<any, any, any>;

/** What is counted, and when the first and the last of these runs began. */
interface Look {
  readonly runs: number | string;
  readonly first: number | string | null;
  readonly last: number | string | null;
}

/** The groups, those with the most runs first, and one more than was asked for where there are more. Fails with FILTER_INVALID, FIELD_INVALID or TOO_MANY_MATCHES. */
export async function groupsOf(
  context: Context,
  query: ListQuery,
  { groupings, metrics, maxGroups }: GetRunStatisticsRequest,
): Promise<{ readonly rows: readonly GroupRow[]; readonly size: number }> {
  requireOwnNames("groupings", groupings);
  requireOwnNames("metrics", metrics);
  const { db } = context.database;
  const { request, context: searching } = query;
  const { matching, examined } = await allMatching(
    context.runs.visible(query),
    runListing(context, query),
    request.filter ?? "",
    searching,
  );
  const { first, last } = await lookAt(db, examined as never);
  const months = first === null ? [] : monthsBetween(Number(first), Number(last));
  const size = maxGroups || usualGroups;
  const keys = groupings.flatMap(({ by }, i) => (by.case === "metadataKey" ? [`key${i}`, `text${i}`] : [`key${i}`]));
  const called = groupings.flatMap(({ by }, i) => (isPipeline(by) ? [i] : []));
  const grouped = (db.selectFrom(measured(db, matching as never, { groupings, metrics, months }).as("each")) as Query)
    .select(sql`count(*)`.as("runs"))
    .select([...keys, ...called.map((i) => sql`max(${sql.ref(`each.name${i}`)})`.as(`name${i}`))])
    .select(metrics.map(({ aggregation }, i) => aggregated(aggregation, `each.value${i}`).as(`value${i}`)))
    .orderBy("runs", "desc");
  const counted = keys.reduce((rows, key) => rows.groupBy(key).orderBy(key), grouped);
  return { rows: (await counted.limit(size + 1).execute()) as GroupRow[], size };
}

async function lookAt(db: Reading, examined: Query): Promise<Look> {
  const some = examined
    .clearSelect()
    .select("runsRun.startTime")
    .limit(most + 1);
  const look = (await db
    .selectFrom(some.as("some") as never)
    .select([
      sql`count(*)`.as("runs"),
      sql`min(nullif(${sql.ref("startTime")}, 0))`.as("first"),
      sql`max(nullif(${sql.ref("startTime")}, 0))`.as("last"),
    ])
    .executeTakeFirstOrThrow()) as unknown as Look;
  if (Number(look.runs) <= most) return look;
  throw new SignalboxError(
    Reason.TOO_MANY_MATCHES,
    `more than ${most} runs are to be looked at: narrow them, such as by create_time > "-30d"`,
    {
      metadata: { field: "filter", limit: String(most) },
    },
  );
}

interface Measured extends Pick<GetRunStatisticsRequest, "groupings" | "metrics"> {
  readonly months: readonly Micros[];
}

/** A row for each run: what it is grouped by, and its numbers. One with many tags has a row for each where it is grouped by these. */
function measured(db: Reading, matching: Query, { groupings, metrics, months }: Measured): Query {
  const facts = new Map<string, string>();
  let rows = db.selectFrom(matching.as("run") as never) as Query;

  /** The latest values of a key of the metadata of the runs, under a name of their own. */
  function factsOf(key: string): string {
    const known = facts.get(key);
    if (known !== undefined) return known;
    const name = `fact${facts.size}`;
    facts.set(key, name);
    rows = rows.leftJoin(`runsFact as ${name}`, (on) =>
      on
        .onRef(`${name}.workspaceId`, "=", "run.workspaceId")
        .onRef(`${name}.runId`, "=", "run.id")
        .on(`${name}.stepId`, "=", noId)
        .on(`${name}.key`, "=", key),
    );
    return name;
  }

  const keys = groupings.flatMap(({ by }, i): AliasedRawBuilder<unknown, string>[] => {
    if (by.case === "time") return [timeColumn(by.value, months).as(`key${i}`)];
    if (isPipeline(by)) return [fieldColumn(GroupingField.PIPELINE).as(`key${i}`), sql.ref("run.pipelineName").as(`name${i}`)];
    if (by.case === "field") return [fieldColumn(by.value).as(`key${i}`)];
    const name = factsOf(by.value ?? "");
    return [sql.ref(`${name}.number`).as(`key${i}`), sql.ref(`${name}.text`).as(`text${i}`)];
  });
  const values = metrics.map(({ of }, i) =>
    (of.case === "measure" ? measureColumn(of.value) : sql.ref(`${factsOf(of.value ?? "")}.number`)).as(`value${i}`),
  );
  if (groupings.some(({ by }) => by.value === GroupingField.TAG && by.case === "field")) rows = withTags(rows);
  return rows.select([sql`1`.as("one"), ...keys, ...values]);
}

const isPipeline = (by: Grouping["by"]) => by.case === "field" && by.value === GroupingField.PIPELINE;

const withTags = (rows: Query): Query =>
  rows
    .leftJoin("runsTagging as tagging", (on) =>
      on
        .onRef("tagging.workspaceId", "=", "run.workspaceId")
        .on("tagging.kind", "=", ResourceKind.RUN)
        .onRef("tagging.resourceId", "=", "run.id"),
    )
    .leftJoin("runsKnownTag as tag", (on) =>
      on.onRef("tag.workspaceId", "=", "tagging.workspaceId").onRef("tag.id", "=", "tagging.tagId").on("tag.goneTime", "=", 0),
    );

function requireOwnNames(field: string, some: readonly { readonly name: string }[]): void {
  if (new Set(some.map(({ name }) => name)).size < some.length) throw fieldInvalid(field, "each has a name of its own");
}
