import { fromBinary } from "@bufbuild/protobuf";
import type { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { metricStore } from "./store.ts";

const usualPoints = 1000;

export function metricHandlers({ database, steps, lists }: Context): Handlers<typeof MetricService> {
  const metrics = metricStore(database.db);
  return {
    async listMetricPoints({ step: name, attempt, metric, maxPoints, afterIndex }, call) {
      const workspace = workspaceOf(call);
      const step = await steps.find(workspace, grantedId(call), name, attempt);
      if (!step) throw notFound("step", attempt === 0 ? name : `${name}, attempt ${attempt}`);
      const after = afterIndex === undefined ? undefined : Number(afterIndex);
      const { points, sampled } = await metrics.points({ workspace, step: step.id, metric }, after, maxPoints || usualPoints, call.signal);
      return {
        sampled,
        points: points.map(({ index, value, min, max, time }) => ({ index: BigInt(index), value, min, max, time: toTimestamp(time) })),
      };
    },

    async listMetadata(request, call) {
      const run = grantedId(call);
      const { rows, ...page } = await metrics.metadata(workspaceOf(call), run, request, listContext(lists, call, toUuid(run)));
      return {
        ...pageOf(page),
        entries: rows.map(({ step, attempt, key, value, componentId, time }) => ({
          step,
          attempt,
          key,
          value: fromBinary(ValueSchema, value),
          time: toTimestamp(time),
          component: toUuidOrNone(componentId),
        })),
      };
    },
  };
}
