import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { fieldInvalid, notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import type { InProject } from "./living.ts";

// The tables differ in what follows these columns only.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyTable = Kysely<any>;

/** Finds a row that lies in a project by its id, or by its name in the project, unless the project is being deleted. */
export async function findInProject<T extends InProject>(
  db: Kysely<RegistryTables>,
  type: T,
  { workspaceId, projectId, reference }: { readonly workspaceId: Id; readonly projectId: Id | undefined; readonly reference: string },
): Promise<RegistryTables[T] | undefined> {
  const table: InProject = type;
  const query = (db as AnyTable)
    .selectFrom(table)
    .innerJoin("registry_project", (join) =>
      join.onRef("registry_project.workspaceId", "=", `${table}.workspaceId`).onRef("registry_project.id", "=", `${table}.projectId`),
    )
    .selectAll(table)
    .where(`${table}.workspaceId`, "=", workspaceId)
    .where("registry_project.state", "=", ProjectState.ACTIVE);
  const within = projectId ? query.where(`${table}.projectId`, "=", projectId) : query;
  if (isUuid(reference))
    return (await within.where(`${table}.id`, "=", toId(reference)).executeTakeFirst()) as RegistryTables[T] | undefined;
  if (!projectId) return undefined;
  return (await within.where(`${table}.name`, "=", reference).executeTakeFirst()) as RegistryTables[T] | undefined;
}

/** What lies in a project, and others in it name. */
export type NamedInProject = "pipeline" | "build" | "snapshot" | "run_template" | "code_repository";

/** The id of what a request names in a project beside what it is about; all zeros for none. Fails with NOT_FOUND. */
export async function namedIn(
  db: Kysely<RegistryTables>,
  type: NamedInProject,
  where: { readonly workspaceId: Id; readonly projectId: Id; readonly reference: string },
): Promise<Id> {
  if (where.reference === "") return noId;
  const found = await findInProject(db, `registry_${type}`, where);
  if (!found) throw notFound(type, where.reference);
  return found.id;
}

/** The resolver of a type whose rows lie in a project. */
export function resolverInProject(db: Kysely<RegistryTables>, table: InProject): Resolver {
  return async (reference, { project, call }) => {
    const found = await findInProject(db, table, {
      workspaceId: workspaceOf(call),
      projectId: project === undefined ? undefined : toId(project),
      reference,
    });
    return found && { id: toUuid(found.id), project: toUuid(found.projectId), owner: toUuid(found.ownerId) };
  };
}

/**
 * The parent that a list is narrowed to: undefined where its request names
 * none, all zeros where there is no such parent, so that the page is empty as
 * it is for one that the caller may not see. Fails with FIELD_INVALID for a
 * name without its project.
 */
export async function parentOf(
  db: Kysely<RegistryTables>,
  table: "registry_pipeline" | "registry_model",
  { workspaceId, projectId }: ListQuery,
  reference: string,
): Promise<Id | undefined> {
  if (reference === "") return undefined;
  if (!isUuid(reference) && !projectId) throw fieldInvalid("project", "is needed where a list is narrowed by a name");
  return (await findInProject(db, table, { workspaceId, projectId, reference }))?.id ?? noId;
}
