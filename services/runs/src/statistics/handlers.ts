import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import {
  type GetRunStatisticsRequest,
  type Grouping,
  GroupingField,
  Measure,
  type StatisticsGroupSchema,
  type StatisticsService,
} from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import type { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import { listQuery } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { statusName } from "../status/transitions.ts";
import { type GroupRow, groupsOf } from "./statistics.ts";

type Value = MessageInitShape<typeof ValueSchema>;

export function statisticsHandlers(context: Context): Handlers<typeof StatisticsService> {
  return {
    async getRunStatistics(request, call) {
      const query = listQuery(context.lists, { filter: request.filter, pageSize: 0, pageToken: "" }, call);
      const { rows, size } = await groupsOf(context, query, request);
      return { groups: rows.slice(0, size).map((row) => toGroup(context, request, row)), truncated: rows.length > size };
    },
  };
}

function toGroup(
  context: Context,
  { groupings, metrics }: GetRunStatisticsRequest,
  row: GroupRow,
): MessageInitShape<typeof StatisticsGroupSchema> {
  const keys: Record<string, Value> = {};
  const names: Record<string, string> = {};
  for (const [i, grouping] of groupings.entries()) {
    const key = row[`key${i}`] ?? row[`text${i}`] ?? undefined;
    const value = key === undefined ? undefined : toKey(grouping, key);
    if (value) keys[grouping.name] = value;
    const name = row[`name${i}`] ?? nameOf(context, grouping, key);
    if (name) names[grouping.name] = String(name);
  }
  const values: Record<string, number> = {};
  for (const [i, { name, of }] of metrics.entries()) {
    const value = row[`value${i}`];
    if (value === null || value === undefined) continue;
    values[name] = of.case === "measure" && of.value === Measure.DURATION ? Number(value) / 1e6 : Number(value);
  }
  return { keys, values, names, runCount: BigInt(row.runs) };
}

/** What runs have in common, from what a column has of it; undefined for an id that is none. */
function toKey({ by }: Grouping, key: unknown): Value | undefined {
  const text = (value: string): Value => ({ kind: { case: "text", value } });
  if (by.case === "time") return text(new Date(Number(key) / 1000).toISOString());
  if (by.case === "metadataKey") return typeof key === "number" ? { kind: { case: "number", value: key } } : text(String(key));
  if (by.value === GroupingField.STATUS) return text(statusName(Number(key) as Status));
  if (!Buffer.isBuffer(key)) return text(String(key));
  return key.equals(noId) ? undefined : text(toUuid(key));
}

function nameOf({ names }: Context, { by }: Grouping, key: unknown): string | undefined {
  if (by.case !== "field" || by.value !== GroupingField.OWNER) return undefined;
  return names.principalRef(key as Id).name;
}
