import type { CreateSnapshotRequest } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { type Id, toId, toIdOrNone, toUuid } from "@signalbox/runtime/ids.ts";
import { idReused } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { checkName, nameTaken } from "@signalbox/runtime/resource/names.ts";
import { wanted } from "@signalbox/runtime/resource/tags/want.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { keepDocuments } from "../documents.ts";
import type { SnapshotRow } from "../pipeline/tables.ts";
import { type NamedInProject, namedIn } from "../project/references.ts";
import { namedStack } from "../stack/references.ts";
import { snapshotTags } from "../tags.ts";
import { contentOf, type SnapshotContent } from "./content.ts";
import { takingNames } from "./names.ts";
import { runsElsewhere } from "./read.ts";
import { documentsOf, snapshotRow, stepRows } from "./rows.ts";
import type { SnapshotStore } from "./store.ts";

interface Kept {
  readonly id: Id;
  readonly created: boolean;
}

/** Keeps what a request describes unless it is kept already. Resolves with the id of the one, and whether it is new. */
export function createSnapshots(context: Context, snapshots: SnapshotStore) {
  const { database, mutate, clock } = context;
  const stackOf = namedStack(context);
  const takeName = takingNames(context);

  /** The snapshot that a request asks for, if there is one. Fails with ID_REUSED or NAME_TAKEN. */
  async function existing({ request, identityHash, contentHash }: SnapshotContent, workspaceId: Id): Promise<SnapshotRow | undefined> {
    const own = request.id ? await snapshots.byId(workspaceId, toId(request.id)) : undefined;
    if (own) {
      // What changed since may be called otherwise by now.
      if (own.contentHash === contentHash && (own.name === request.name || own.revision > 1)) return own;
      throw idReused("snapshot", own.id);
    }
    const same = await snapshots.byIdentity(workspaceId, toId(request.pipeline), identityHash);
    if (!same || same.contentHash === contentHash) return same;
    if (request.replace) return undefined;
    throw nameTaken("snapshot", request.name);
  }

  return async (asked: CreateSnapshotRequest, call: Call): Promise<Kept> => {
    if (asked.name !== "") checkName(asked.name);
    const [workspaceId, project] = [workspaceOf(call), grantedId(call)];
    const named = (type: NamedInProject, reference = "") => namedIn(database.db, type, { workspaceId, projectId: project, reference });
    const content = contentOf(asked, {
      project,
      pipeline: await named("pipeline", asked.pipeline),
      stack: await stackOf(asked.stack, call),
      build: await named("build", asked.build),
      codeRepository: await named("code_repository", asked.code?.codeRepository),
      template: await named("run_template", asked.template),
      sourceSnapshot: await named("snapshot", asked.sourceSnapshot),
    });
    return keep(content, call);
  };

  async function keep(content: SnapshotContent, call: Call): Promise<Kept> {
    const { request } = content;
    const [workspaceId, project] = [workspaceOf(call), toId(request.project)];
    const known = await existing(content, workspaceId);
    if (known) return { id: known.id, created: false };
    const tags = await wanted(snapshotTags, context.want, { call, project, references: request.tags });
    const runnable = await runsElsewhere(database.db, workspaceId, toIdOrNone(request.stack), toIdOrNone(request.build));
    const row = snapshotRow(content, workspaceId, callerId(call), clock(), runnable);
    await keepDocuments(database, workspaceId, documentsOf(content), row.createTime);
    try {
      await mutate(call, { subject: toUuid(row.id), project: request.project }, async (trx) => {
        if (request.replace && row.name !== "") await takeName(trx, { ...row, call, now: row.createTime });
        await snapshots.add(trx, row, stepRows(content, workspaceId, row.id), tags);
      });
      return { id: row.id, created: true };
    } catch (cause) {
      if (database.dialect.explain(cause)?.kind !== "taken") throw cause;
      const winner = await existing(content, workspaceId);
      if (winner) return { id: winner.id, created: false };
      throw request.name === "" ? cause : nameTaken("snapshot", request.name, cause);
    }
  }
}
