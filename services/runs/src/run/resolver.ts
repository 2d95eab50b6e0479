import { type Id, isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { LRUCache } from "lru-cache";
import type { RunStore } from "./store.ts";

/** Where runs live. Project and owner of a run never change, so they are remembered. */
export interface Places {
  readonly resolve: Resolver;
  /** To be called when a run is deleted. */
  forget(workspace: Id, run: Id): void;
}

/** What another replica deleted may be found so much longer; whoever then reads the run learns that it is gone. */
const freshMs = 2_000;

/** Finds runs by id, or by name within a project. */
export function runPlaces(runs: RunStore): Places {
  const known = new LRUCache<string, Resolved>({ max: 50_000, ttl: freshMs });
  const keyOf = (workspace: Id, run: string) => workspace.toString("latin1") + run;
  return {
    async resolve(reference, { project, call }) {
      const workspace = workspaceOf(call);
      if (!isUuid(reference))
        return project === undefined ? undefined : runs.resolve(workspace, { project: toId(project), name: reference });
      const key = keyOf(workspace, reference);
      const remembered = known.get(key);
      if (remembered) return remembered;
      const found = await runs.resolve(workspace, { id: toId(reference) });
      if (found) known.set(key, found);
      return found;
    },
    forget: (workspace, run) => void known.delete(keyOf(workspace, toUuid(run))),
  };
}
