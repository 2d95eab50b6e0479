import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { SettingsService } from "@signalbox/gen/signalbox/registry/v1/settings_pb.ts";
import { isUuid } from "./arguments.ts";
import type { Context } from "./context.ts";
import { wrongUsage } from "./failure.ts";

/** The project that was named for this command: by --project, SIGNALBOX_PROJECT or the profile; empty for none. */
export const namedProject = ({ session }: Context): string => session.project ?? "";

/**
 * The project to look up a name in: the one named for this command, the only
 * one there is, or the one that the caller chose in the workspace. An id needs
 * none. Fails as wrong usage where there are several to choose from.
 */
export async function projectOf(context: Context, reference: string): Promise<string> {
  const named = namedProject(context);
  if (named !== "" || isUuid(reference)) return named;
  const { projects } = await context.connect().client(ProjectService).listProjects({ pageSize: 20 });
  const [only] = projects;
  if (projects.length === 1 && only) return only.name;
  if (projects.length === 0) throw wrongUsage("there is no project yet, or you may see none", "npx signalbox projects create <name>");
  const { preferences } = await context.connect().client(SettingsService).getPreferences({});
  if (preferences?.defaultProject) return preferences.defaultProject;
  throw wrongUsage(
    `several projects could have a "${reference}"`,
    `--project with one of: ${projects.map(({ name }) => name).join(", ")}; or npx signalbox settings project <project>`,
  );
}
