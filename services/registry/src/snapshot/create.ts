import type { CreateSnapshotRequest } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { idReused } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { checkName, nameTaken } from "@signalbox/runtime/resource/names.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { keepDocuments } from "../documents.ts";
import type { SnapshotRow } from "../pipeline/tables.ts";
import { type NamedInProject, namedIn } from "../project/references.ts";
import { namedStack } from "../stack/references.ts";
import { contentOf, type SnapshotContent } from "./content.ts";
import { documentsOf, snapshotRow, stepRows } from "./rows.ts";
import type { SnapshotStore } from "./store.ts";

/** Keeps what a request describes unless it is kept already. Resolves with the id of the one, and whether it is new. */
export function createSnapshots(context: Context, snapshots: SnapshotStore) {
  const { database, mutate, clock } = context;
  const stackOf = namedStack(context);

  /** The snapshot that a request asks for, if there is one. Fails with ID_REUSED or NAME_TAKEN. */
  async function existing({ request, identityHash, contentHash }: SnapshotContent, workspaceId: Id): Promise<SnapshotRow | undefined> {
    const own = request.id ? await snapshots.byId(workspaceId, toId(request.id)) : undefined;
    if (own) {
      if (own.contentHash === contentHash && own.name === request.name) return own;
      throw idReused("snapshot", own.id);
    }
    const same = await snapshots.byIdentity(workspaceId, toId(request.pipeline), identityHash);
    if (same && same.contentHash !== contentHash) throw nameTaken("snapshot", request.name);
    return same;
  }

  return async (asked: CreateSnapshotRequest, call: Call): Promise<{ readonly id: Id; readonly created: boolean }> => {
    if (asked.name !== "") checkName(asked.name);
    const [workspaceId, project] = [workspaceOf(call), grantedId(call)];
    const named = (type: NamedInProject, reference = "") => namedIn(database.db, type, { workspaceId, projectId: project, reference });
    const content = contentOf(asked, {
      project,
      pipeline: await named("pipeline", asked.pipeline),
      stack: await stackOf(asked.stack, call),
      build: await named("build", asked.build),
      codeRepository: await named("code_repository", asked.code?.codeRepository),
    });

    const known = await existing(content, workspaceId);
    if (known) return { id: known.id, created: false };
    const row = snapshotRow(content, workspaceId, callerId(call), clock());
    await keepDocuments(database, workspaceId, documentsOf(content), row.createTime);
    try {
      await mutate(call, { subject: toUuid(row.id), project: toUuid(project) }, (trx) =>
        snapshots.add(trx, row, stepRows(content, workspaceId, row.id)),
      );
      return { id: row.id, created: true };
    } catch (cause) {
      if (database.dialect.explain(cause)?.kind !== "taken") throw cause;
      const winner = await existing(content, workspaceId);
      if (!winner) throw cause;
      return { id: winner.id, created: false };
    }
  };
}
