import { WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import type { Connection } from "@signalbox/sdk";
import type { Context } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { printable } from "../output/width.ts";
import { ask, canAsk } from "../prompt.ts";

/** A workspace as a profile keeps it. Both are empty where there is none yet. */
export interface ChosenWorkspace {
  readonly id: string;
  readonly name: string;
}

const shown = 100;

/** The workspace to work in: the one named on the command line, the only one, or the one that is chosen from a list. */
export async function chooseWorkspace(context: Context, { client }: Connection): Promise<ChosenWorkspace> {
  const named = context.options.workspace ?? context.terminal.env.SIGNALBOX_WORKSPACE;
  if (named) {
    const { workspace } = await client(WorkspaceService).getWorkspace({ workspace: named });
    return { id: workspace?.id ?? "", name: workspace?.name ?? named };
  }
  const { workspaces } = await client(WorkspaceService).listWorkspaces({ pageSize: shown, orderBy: "name" });
  const [first] = workspaces;
  if (!first) return { id: "", name: "" };
  if (workspaces.length === 1) return first;
  if (!canAsk(context.terminal)) {
    throw wrongUsage("there are several workspaces", `--workspace with one of: ${workspaces.map(({ name }) => name).join(", ")}`);
  }
  for (const [index, { name, displayName }] of workspaces.entries())
    context.note(`${index + 1}  ${printable(name)}  ${printable(displayName)}`);
  for (;;) {
    const answer = (await ask(context.terminal, "workspace", "--workspace NAME")).trim();
    const chosen = workspaces.find(({ name }) => name === answer) ?? workspaces[Number(answer) - 1];
    if (chosen) return chosen;
    context.note(`answer with a name or a number from 1 to ${workspaces.length}`);
  }
}
