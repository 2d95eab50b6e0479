import { overrideReader } from "@signalbox/runs/replay/overrides.ts";
import { documentReader } from "@signalbox/runs/run/documents.ts";
import { describeRuns } from "@signalbox/runs/run/granted.ts";
import { runListing } from "@signalbox/runs/run/listing.ts";
import { runStore } from "@signalbox/runs/run/store.ts";
import type { RunsTables } from "@signalbox/runs/tables.ts";
import { waitStore } from "@signalbox/runs/wait/store.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { pageTokens } from "@signalbox/runtime/store/page-seal.ts";
import { workspace } from "@signalbox/test/scene.ts";

export type Pages = ReturnType<typeof pagesOf>;

type Named = Readonly<Record<string, readonly string[]>>;

/** Pages of runs with all that an answer holds: what ListRuns does behind its layers. What registry would tell of names is given: the ids of pipelines, and those of versions of models. */
export function pagesOf(database: Database<RunsTables>, { pipelines = {}, models = {} }: Readonly<Record<string, Named>> = {}) {
  const workspaceId = toId(workspace);
  const store = runStore(database);
  const [documents, names] = [documentReader(database.db), createPolicy()];
  const needs = { documents, names, overrides: overrideReader(database), waits: waitStore(database, documents, names) };
  const context = { ...database, seal: pageTokens(parseKeyring(newKeyringEntry("b1"))), bound: ["bench"] };
  const resolvePipelines = async ({ names: [name = ""] }: { readonly names: readonly string[] }) => ({ ids: pipelines[name] ?? [] });
  const resolveModelVersions = async ({ model }: { readonly model: string }) => ({ modelVersions: models[model] ?? [] });
  const peers = (() => ({ resolvePipelines, resolveModelVersions })) as unknown as Peers;
  return async (filter: string, pageToken: string, size: number) => {
    const visible = { all: true } as const;
    const listing = runListing({ peers, names: needs.names, database }, { workspaceId, projectId: undefined, visible });
    const request = { filter, orderBy: "", pageSize: size, pageToken };
    const { rows, nextPageToken } = await store.list({ workspaceId, visible, projectId: undefined, request, context }, listing);
    return { runs: await describeRuns(needs, rows), nextPageToken };
  };
}
