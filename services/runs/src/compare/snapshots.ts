import type { Snapshot } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import type { RunTable } from "../tables.ts";
import { type Cells, leavesOf, plainCell } from "./leaves.ts";

/** The snapshot of each run; undefined where the caller may not read it, or it is gone. Where all runs have the same it is not read. */
export async function snapshotsOf(context: Context, runs: readonly RunTable[], call: Call): Promise<readonly (Snapshot | undefined)[]> {
  const may = callerMay(context);
  const ids = [...new Set(runs.map(({ snapshotId }) => toUuid(snapshotId)))];
  if (ids.length < 2) return [];
  const workspace = toUuid(workspaceOf(call));
  const { snapshots } = await context.peers(SnapshotService).resolveSnapshots({ workspace, ids });
  const readable = new Map<string, Snapshot>();
  for (const snapshot of snapshots) {
    if (await may(call, "snapshot.read", { project: snapshot.project, owner: snapshot.owner?.id })) readable.set(snapshot.id, snapshot);
  }
  return runs.map(({ snapshotId }) => readable.get(toUuid(snapshotId)));
}

/** Where the code of a snapshot lies. */
export function codeOf({ code }: Snapshot): Cells {
  if (!code) return new Map();
  const { repository, commit, path, dirty } = code;
  return new Map(Object.entries({ repository, commit, path, dirty }).map(([name, value]) => [name, plainCell(value)]));
}

export const configurationOf = ({ configuration }: Snapshot): Cells => (configuration ? leavesOf(configuration.text) : new Map());

/** What a snapshot was made in: its packages by name, and the rest. */
export function environmentOf({ environment }: Snapshot): { readonly packages: Cells; readonly rest: Cells } {
  const packages = new Map<string, Cells extends ReadonlyMap<string, infer C> ? C : never>();
  const rest = new Map(packages);
  if (!environment) return { packages, rest };
  for (const [path, cell] of leavesOf(environment.text)) {
    if (path.startsWith("/packages/")) packages.set(path.slice("/packages/".length).replaceAll("~1", "/").replaceAll("~0", "~"), cell);
    else if (path === "/packages" && typeof cell.leaf === "object") for (const each of listed(cell.leaf.json)) packages.set(...each);
    else rest.set(path, cell);
  }
  return { packages, rest };
}

/** Packages as tools list them: "numpy==2.1.0", "left-pad@1.3.0". */
function listed(json: string): [string, ReturnType<typeof plainCell>][] {
  const items = JSON.parse(json) as unknown;
  if (!Array.isArray(items)) return [];
  return items.map((item) => {
    const [, name = String(item), version = ""] = /^(.[^=@<>~ ]*)(?:[=@<>~ ]+(.*))?$/.exec(String(item)) ?? [];
    return [name, plainCell(version)];
  });
}
