import { create } from "@bufbuild/protobuf";
import { type LatestRun, LatestRunSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { readPart } from "@signalbox/runtime/resource/parts.ts";
import type { RunRow } from "./tables.ts";

/** The newest run of something, as the contract has it. */
export const toLatestRun = (
  { id, name, status, ownerId, index, createTime }: Pick<RunRow, "id" | "name" | "status" | "ownerId" | "index" | "createTime">,
  { principalRef }: Pick<Policy, "principalRef">,
): LatestRun =>
  create(LatestRunSchema, {
    ...{ run: toUuid(id), name, status: StatusSchema.value[status]?.localName ?? "", owner: principalRef(ownerId) },
    ...{ index: BigInt(index), createTime: toTimestamp(createTime) },
  });

/** The newest runs of the rows of a table, in a statement. */
export const latestRunOf = (table: "registry_pipeline" | "registry_run_template") =>
  readPart<RunRow | undefined>({
    none: undefined,
    async of(db, workspaceId, ids) {
      const rows = (await db
        .selectFrom(table)
        .innerJoin("registry_run", (join) =>
          join.onRef("registry_run.workspaceId", "=", `${table}.workspaceId`).onRef("registry_run.id", "=", `${table}.latestRunId`),
        )
        .selectAll("registry_run")
        .select(`${table}.id as holderId`)
        .where(`${table}.workspaceId`, "=", workspaceId)
        .where(`${table}.id`, "in", ids)
        .execute()) as unknown as readonly (RunRow & { readonly holderId: Id })[];
      return new Map(rows.map(({ holderId, ...run }) => [holderId.toString("hex"), run]));
    },
  });
