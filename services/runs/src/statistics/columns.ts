import { Aggregation, GroupingField, Measure, TimeGranularity } from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { type RawBuilder, sql } from "kysely";

type Column = RawBuilder<unknown>;

const ofRun = (column: string) => sql.ref(`run.${column}`);

const fields: Readonly<Partial<Record<GroupingField, Column>>> = {
  [GroupingField.STATUS]: ofRun("status"),
  [GroupingField.PIPELINE]: ofRun("pipelineId"),
  [GroupingField.SNAPSHOT]: ofRun("snapshotId"),
  [GroupingField.STACK]: ofRun("stackId"),
  [GroupingField.OWNER]: ofRun("ownerId"),
  [GroupingField.TAG]: sql.ref("tag.name"),
  [GroupingField.PROJECT]: ofRun("projectId"),
};

export const fieldColumn = (field: GroupingField): Column => fields[field] as Column;

const hour: Micros = 3600 * 1e6;
const day = 24 * hour;
/** The first Monday of 1970 is the fifth of January. */
const lengths = {
  [TimeGranularity.HOUR]: { length: hour, offset: 0 },
  [TimeGranularity.DAY]: { length: day, offset: 0 },
  [TimeGranularity.WEEK]: { length: 7 * day, offset: 4 * day },
} as const;

/** When the stretch of time begins in which a run did; null for one that has not begun. Months are not equally long, so where they begin is given. */
export function timeColumn(granularity: TimeGranularity, months: readonly Micros[]): Column {
  const start = ofRun("startTime");
  if (granularity === TimeGranularity.MONTH) {
    if (months.length === 0) return sql`null`;
    const branches = months.toReversed().map((begin) => sql`when ${start} >= ${sql.lit(begin)} then ${sql.lit(begin)}`);
    return sql`case when ${start} = 0 then null ${sql.join(branches, sql` `)} end`;
  }
  const { length, offset } = lengths[granularity as keyof typeof lengths];
  return sql`case when ${start} = 0 then null else ${start} - (${start} - ${sql.lit(offset)}) % ${sql.lit(length)} end`;
}

const reported = ["unfinished", "completed", "cached", "failed", "skipped", "stopped"].map(ofRun);
const attempted = sql`(${sql.join(reported, sql` + `)})`;
const known = sql`(${attempted} + ${ofRun("pending")})`;

const measures: Readonly<Partial<Record<Measure, Column>>> = {
  [Measure.DURATION]: sql`case when ${ofRun("startTime")} > 0 and ${ofRun("endTime")} > 0 then ${ofRun("endTime")} - ${ofRun("startTime")} end`,
  // As toRun counts them.
  [Measure.STEP_COUNT]: sql`case when ${ofRun("planned")} > ${known} then ${ofRun("planned")} when ${known} > ${attempted} then ${known} else ${attempted} end`,
  [Measure.CACHED_STEP_COUNT]: ofRun("cached"),
  [Measure.OUTPUT_ARTIFACT_COUNT]: sql`(select count(*) from runs_output as output where output.workspace_id = ${ofRun("workspaceId")} and output.run_id = ${ofRun("id")})`,
};

export const measureColumn = (measure: Measure): Column => measures[measure] as Column;

const functions: Readonly<Partial<Record<Aggregation, string>>> = {
  [Aggregation.AVERAGE]: "avg",
  [Aggregation.SUM]: "sum",
  [Aggregation.MIN]: "min",
  [Aggregation.MAX]: "max",
};

export const aggregated = (aggregation: Aggregation, column: string): Column =>
  sql`${sql.raw(functions[aggregation] as string)}(${sql.ref(column)})`;
