import type { Condition } from "../filter/condition.ts";
import { type Id, toId, toUuid } from "../ids.ts";
import type { Visible } from "../policy/grant.ts";

/** The columns of a table that say where a row lives. Absent where rows of the type have none. */
export interface ScopeColumns {
  readonly project?: string;
  readonly owner?: string;
}

/** The rows that a caller may see, as one `where`. */
export function visibleWhere(visible: Visible, { project, owner }: ScopeColumns): Condition {
  if (visible.all) return (row) => row.lit(true);
  const { projects, owner: principal, ownIn } = visible;
  return (row) => {
    const inProjects = project === undefined || projects.length === 0 ? [] : [row(project, "in", projects.map(toId))];
    // What has no project lies in none of those that a right to one's own is limited to.
    if (owner === undefined || (ownIn !== undefined && (project === undefined || ownIn.length === 0))) return row.or(inProjects);
    const own = row(owner, "=", toId(principal));
    return row.or([...inProjects, ownIn === undefined ? own : row.and([own, row(project as string, "in", ownIn.map(toId))])]);
  };
}

/** The same asked of a row that was read already: whether the caller may see what lies in this project and has this owner. */
export function isVisible(visible: Visible, project: Id, owner: Id): boolean {
  if (visible.all) return true;
  const where = toUuid(project);
  if (visible.projects.includes(where)) return true;
  return toUuid(owner) === visible.owner && (visible.ownIn?.includes(where) ?? true);
}
