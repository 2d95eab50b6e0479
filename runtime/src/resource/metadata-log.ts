import type { Value } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { isRecorded, recordOf } from "../audit/mutation.ts";
import { toTimestamp } from "../events/timestamp.ts";
import { type Id, toId, toIdOrNone, toUuid, toUuidOrNone } from "../ids.ts";
import type { Policy } from "../policy/policy.ts";
import type { Call } from "../rpc/call.ts";
import { callerId, workspaceOf } from "../rpc/workspace.ts";
import type { ListContext, ListRequest } from "../store/page.ts";
import { type BatchNeeds, type Owned, requireChangeable } from "./batch-access.ts";
import { readRow } from "./change.ts";
import { checkValues } from "./json.ts";
import { pageOf } from "./lists.ts";
import { type History, metadataHistory, readValue } from "./metadata-history.ts";

interface LogRequest {
  readonly ids: readonly string[];
  readonly values: Readonly<Record<string, Value>>;
  readonly run: string;
  readonly step: string;
  readonly component: string;
  /** Empty for none. */
  readonly id: string;
}

/** Answers calls that log metadata of versions, all or none, and that list what was logged. */
export function metadataLog(
  kind: History & { readonly find: (workspaceId: Id, ids: readonly Id[]) => Promise<readonly Owned[]> },
  needs: BatchNeeds & { readonly policy: Pick<Policy, "principalRef"> },
) {
  const { database, outbox, clock, decisions, policy } = needs;
  const history = metadataHistory(kind);

  return {
    async log({ ids, values, run, step, component, id }: LogRequest, call: Call): Promise<void> {
      checkValues(values, "values");
      const workspaceId = workspaceOf(call);
      const uuids = [...new Set(ids.map((each) => each.toLowerCase()))];
      const versions = uuids.map(toId);
      const rows = await kind.find(workspaceId, versions);
      await requireChangeable({ decisions, type: kind.type, verb: "log metadata of" }, call, uuids, rows);
      const origin = { runId: toIdOrNone(run), step, componentId: toIdOrNone(component), ownerId: callerId(call) };
      const logged = { workspaceId, versions, values, requestId: toIdOrNone(id), origin };
      await database.transact(async (trx) => {
        const now = clock();
        if (!(await history.log(trx, database.dialect, { ...logged, now }))) return;
        const about = { service: outbox.service, time: now };
        const records = rows.flatMap((row) => recordOf(call, { subject: toUuid(row.id), project: toUuid(row.projectId) }, about));
        await outbox.append(trx, records);
      });
      call.audited = isRecorded(call);
    },

    async list(workspaceId: Id, id: Id, request: ListRequest, context: ListContext) {
      const version = await readRow(database.db, { table: kind.versions, type: kind.type, workspaceId, id });
      const { rows, ...page } = await history.list(database.db, version, request, context);
      const entries = rows.map(({ key, value, time, runId, step, componentId, ownerId }) => ({
        ...{ key, step, value: readValue(value), time: toTimestamp(time), owner: policy.principalRef(ownerId) },
        ...{ run: toUuidOrNone(runId), component: toUuidOrNone(componentId) },
      }));
      return { entries, ...pageOf(page) };
    },
  };
}
