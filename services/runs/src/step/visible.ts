import type { Condition } from "@signalbox/runtime/filter/condition.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";

const scope = { project: "runsRun.projectId", owner: "runsRun.ownerId" };

/** The steps whose runs a caller may see, as one `where`; where all are of one project, perhaps without a look at their runs. */
export function ofVisibleRun(visible: Visible, project?: Id): Condition {
  const all = visible.all || (project !== undefined && visible.projects.includes(toUuid(project)));
  if (all) return (row) => row.lit(true);
  return (row) =>
    row.exists(
      row
        .selectFrom("runsRun")
        .select("runsRun.id")
        .whereRef("runsRun.workspaceId", "=", "runsStep.workspaceId")
        .whereRef("runsRun.id", "=", "runsStep.runId")
        .where(visibleWhere(visible, scope) as never),
    );
}
