import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import { resolveProjects } from "./store.ts";

/** Finds a project by its id or name, unless it is being deleted. */
export function projectResolver(db: Kysely<RegistryTables>): Resolver {
  return async (reference, { call }) => {
    const [found] = await resolveProjects(db, workspaceOf(call), [reference]);
    if (found?.row.state !== ProjectState.ACTIVE) return undefined;
    const id = toUuid(found.row.id);
    return { id, project: id, owner: toUuid(found.row.ownerId) };
  };
}
