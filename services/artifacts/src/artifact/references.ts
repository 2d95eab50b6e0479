import { fieldInvalid, notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Kysely } from "kysely";
import { staying } from "../project/going.ts";
import type { ArtifactRow, ArtifactsTables } from "../tables.ts";

type Db = Kysely<ArtifactsTables>;
type Found = Pick<ArtifactRow, "id" | "projectId" | "ownerId">;

interface Wanted {
  readonly workspaceId: Id;
  readonly projectId: Id | undefined;
  readonly reference: string;
}

/** Finds an artifact by its id, or by its name in its project, unless the project is being deleted. */
async function find(db: Db, { workspaceId, projectId, reference }: Wanted): Promise<Found | undefined> {
  const query = db
    .selectFrom("artifacts_artifact")
    .select(["artifacts_artifact.id", "artifacts_artifact.projectId", "artifacts_artifact.ownerId"])
    .where("artifacts_artifact.workspaceId", "=", workspaceId)
    .where(staying("artifacts_artifact", workspaceId));
  const within = projectId ? query.where("artifacts_artifact.projectId", "=", projectId) : query;
  if (isUuid(reference)) return within.where("artifacts_artifact.id", "=", toId(reference)).executeTakeFirst();
  return projectId && within.where("artifacts_artifact.name", "=", reference).executeTakeFirst();
}

/**
 * The names of the artifacts that versions name by their ids, by the id in hexadecimal. Asks nothing where none does.
 * Fails with NOT_FOUND.
 */
export async function namesOfArtifacts(
  db: Db,
  { workspaceId, projectId }: Pick<ArtifactRow, "workspaceId" | "projectId">,
  versions: readonly { readonly artifact: string }[],
): Promise<ReadonlyMap<string, string>> {
  const references = new Set(versions.flatMap(({ artifact }) => (isUuid(artifact) ? artifact.toLowerCase() : [])));
  if (references.size === 0) return new Map();
  const own = db.selectFrom("artifacts_artifact").select(["id", "name"]).where("workspaceId", "=", workspaceId);
  const found = await own
    .where("projectId", "=", projectId)
    .where("id", "in", [...references].map(toId))
    .execute();
  const names = new Map(found.map(({ id, name }) => [id.toString("hex"), name]));
  for (const reference of references) if (!names.has(toId(reference).toString("hex"))) throw notFound("artifact", reference);
  return names;
}

export function artifactResolver(db: Db): Resolver {
  return async (reference, { project, call }) => {
    const found = await find(db, {
      workspaceId: workspaceOf(call),
      projectId: project === undefined ? undefined : toId(project),
      reference,
    });
    return found && { id: toUuid(found.id), project: toUuid(found.projectId), owner: toUuid(found.ownerId) };
  };
}

/** Finds what has an id alone, with its own owner: who made a version has every right on it. */
export function resolverById(db: Db, table: "artifacts_version" | "artifacts_visualization" | "artifacts_curated"): Resolver {
  return async (reference, { call }) => {
    if (!isUuid(reference)) return undefined;
    const workspaceId = workspaceOf(call);
    const found = await db
      .selectFrom(table)
      .select(["projectId", "ownerId"])
      .where("workspaceId", "=", workspaceId)
      .where("id", "=", toId(reference))
      .where(staying(table, workspaceId))
      .executeTakeFirst();
    return found && { id: reference, project: toUuid(found.projectId), owner: toUuid(found.ownerId) };
  };
}

/**
 * The artifact that a list of versions is narrowed to: undefined where its
 * request names none, all zeros where there is no such artifact, so that the
 * page is empty as it is for one that the caller may not see. Fails with
 * FIELD_INVALID for a name without its project.
 */
export async function artifactOf(db: Db, { workspaceId, projectId }: ListQuery, reference: string): Promise<Id | undefined> {
  if (reference === "") return undefined;
  if (!isUuid(reference) && !projectId) throw fieldInvalid("project", "is needed where a list is narrowed by a name");
  return (await find(db, { workspaceId, projectId, reference }))?.id ?? noId;
}
