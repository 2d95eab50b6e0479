import { type MessageInitShape, toJson } from "@bufbuild/protobuf";
import {
  Aggregation,
  type GetRunStatisticsResponse,
  GetRunStatisticsResponseSchema,
  GroupingField,
  type GroupingSchema,
  Measure,
  type StatisticsGroup,
  type StatisticsMetricSchema,
  StatisticsService,
  TimeGranularity,
} from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { parseCount } from "../arguments.ts";
import { wrongUsage } from "../failure.ts";
import { type Column, tableWriter } from "../output/table.ts";
import { namedProject } from "../project.ts";
import { collected, examples } from "./list-options.ts";

type Grouping = MessageInitShape<typeof GroupingSchema>;
type Metric = MessageInitShape<typeof StatisticsMetricSchema>;

const fields: Readonly<Record<string, GroupingField>> = {
  status: GroupingField.STATUS,
  pipeline: GroupingField.PIPELINE,
  snapshot: GroupingField.SNAPSHOT,
  stack: GroupingField.STACK,
  owner: GroupingField.OWNER,
  tag: GroupingField.TAG,
  project: GroupingField.PROJECT,
};
const times: Readonly<Record<string, TimeGranularity>> = {
  hour: TimeGranularity.HOUR,
  day: TimeGranularity.DAY,
  week: TimeGranularity.WEEK,
  month: TimeGranularity.MONTH,
};
const aggregations: Readonly<Record<string, Aggregation>> = {
  average: Aggregation.AVERAGE,
  sum: Aggregation.SUM,
  min: Aggregation.MIN,
  max: Aggregation.MAX,
};
const measures: Readonly<Record<string, Measure>> = {
  duration: Measure.DURATION,
  steps: Measure.STEP_COUNT,
  cached_steps: Measure.CACHED_STEP_COUNT,
  outputs: Measure.OUTPUT_ARTIFACT_COUNT,
};
const metadata = "metadata.";

function parseGrouping(name: string): Grouping {
  if (name.startsWith(metadata)) return { name, by: { case: "metadataKey", value: name.slice(metadata.length) } };
  const field = fields[name];
  const time = times[name];
  if (field !== undefined) return { name, by: { case: "field", value: field } };
  if (time !== undefined) return { name, by: { case: "time", value: time } };
  throw wrongUsage(`--by is one of ${[...Object.keys(fields), ...Object.keys(times)].join(", ")} or metadata.<key>, not "${name}"`);
}

function parseMetric(text: string): Metric {
  const [, how = "", what = ""] = /^(\w+):(.+)$/.exec(text) ?? [];
  const aggregation = aggregations[how];
  const measure = measures[what];
  const name = `${what} ${how}`;
  if (aggregation !== undefined && what.startsWith(metadata))
    return { name, aggregation, of: { case: "metadataKey", value: what.slice(metadata.length) } };
  if (aggregation !== undefined && measure !== undefined) return { name, aggregation, of: { case: "measure", value: measure } };
  throw wrongUsage(
    `--metric is ${Object.keys(aggregations).join(", ")}, a colon, and one of ${Object.keys(measures).join(", ")} or metadata.<key>, not "${text}"`,
    "npx signalbox runs statistics --metric average:duration",
  );
}

interface StatisticsOptions {
  readonly by?: readonly string[];
  readonly metric?: readonly string[];
  readonly filter?: string;
  readonly limit?: number;
}

export function addRunsStatistics(runs: Command, act: Act): void {
  runs
    .command("statistics")
    .description("count runs in groups, those with the most first")
    .option(
      "--by <what>",
      "what makes runs alike: status, pipeline, owner, tag, hour, day, week, month, metadata.<key>; again for several",
      collected,
    )
    .option("--metric <what>", "what to ask of each group, such as average:duration or max:metadata.accuracy; again for several", collected)
    .option("--filter <filter>", `which ones, such as 'create_time > "-7d"'`)
    .option("--limit <count>", "how many groups at most", parseCount)
    .addHelpText(
      "after",
      examples(
        "runs statistics --by status",
        `runs statistics --by pipeline --by week --metric average:duration --filter 'start_time > "-90d"'`,
        "runs statistics --by metadata.branch --metric max:metadata.accuracy --json",
      ),
    )
    .action(
      act<StatisticsOptions>(async (context, { by = [], metric = [], filter = "", limit = 0 }) => {
        const { client } = context.connect();
        const [groupings, metrics] = [by.map(parseGrouping), metric.map(parseMetric)];
        const request = { project: namedProject(context), filter, groupings, metrics, maxGroups: limit };
        const answer = await client(StatisticsService).getRunStatistics(request);
        if (context.options.json) {
          context.print(JSON.stringify(toJson(GetRunStatisticsResponseSchema, answer), null, 2));
          return;
        }
        context.print(...tableWriter(columns(groupings, metrics), context.paint).rows(answer.groups));
        if (answer.truncated) context.note(more(answer));
      }),
    );
}

const more = ({ groups }: GetRunStatisticsResponse): string => `there are more than these ${groups.length} groups; --limit has up to 10000`;

const columns = (groupings: readonly Grouping[], metrics: readonly Metric[]): readonly Column<StatisticsGroup>[] => [
  ...groupings.map(({ name = "" }) => ({ heading: name.toUpperCase(), cell: (group: StatisticsGroup) => keyOf(group, name) })),
  { heading: "RUNS", cell: ({ runCount }) => String(runCount) },
  ...metrics.map(({ name = "" }) => ({ heading: name.toUpperCase(), cell: ({ values }: StatisticsGroup) => numberOf(values[name]) })),
];

const keyOf = ({ keys, names }: StatisticsGroup, name: string): string => names[name] ?? String(keys[name]?.kind.value ?? "");

const numberOf = (value: number | undefined): string => (value === undefined ? "" : String(Number(value.toPrecision(6))));
