import { SettingsSchema, SettingsService } from "@signalbox/gen/signalbox/registry/v1/settings_pb.ts";
import { type Command, Option } from "commander";
import type { Act } from "../act.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { ago } from "../output/time.ts";
import { printable } from "../output/width.ts";
import { examples } from "./list-options.ts";

interface Setting {
  readonly displayName?: string;
  readonly logo?: string;
  readonly announcements?: "yes" | "no";
  readonly updates?: "yes" | "no";
}

const flag = (name: string, meaning: string) => new Option(`--${name} <yes|no>`, meaning).choices(["yes", "no"]);

/** `settings show`, `settings set` and `settings project`. */
export function addSettings(program: Command, act: Act): void {
  const settings = program.command("settings").description("what the workspace and you have set");
  settings
    .command("show")
    .description("show the settings of the workspace")
    .action(act((context) => showSettings(context)));
  settings
    .command("set")
    .description("change the settings of the workspace; what is not named stays")
    .option("--display-name <text>", 'what people call it; "" for its name')
    .option("--logo <url>", 'the address of a picture; "" for none')
    .addOption(flag("announcements", "whether dashboards show announcements"))
    .addOption(flag("updates", "whether dashboards show news of releases"))
    .addHelpText("after", examples('settings set --display-name "Vision lab" --announcements no'))
    .action(act<Setting>(changeSettings));
  settings
    .command("project [project]")
    .description("choose the project that commands go to where they name none and there are several; without one it is forgotten")
    .addHelpText("after", examples("settings project demo"))
    .action(
      act(async (context, _options, project = "") => {
        const request = { defaultProject: project, updateMask: { paths: ["default_project"] } };
        const { preferences } = await context.connect().client(SettingsService).updatePreferences(request);
        if (context.options.json) context.print(JSON.stringify({ defaultProject: preferences?.defaultProject ?? "" }));
        else context.print(project === "" ? "no project is chosen" : `the project is ${project}`);
      }),
    );
}

async function showSettings(context: Context): Promise<void> {
  const { settings } = await context.connect().client(SettingsService).getSettings({});
  if (!settings) return;
  if (context.options.json) return context.print(jsonText(SettingsSchema, settings));
  const { workspace, displayName, logoUrl, announcements, updates, lastActivityTime } = settings;
  context.print(
    printable(displayName || workspace),
    ...(logoUrl ? [`  picture        ${printable(logoUrl)}`] : []),
    `  announcements  ${announcements ? "yes" : "no"}`,
    `  updates        ${updates ? "yes" : "no"}`,
    ...(lastActivityTime ? [`  last active    ${ago(lastActivityTime, context.now())}`] : []),
  );
}

async function changeSettings(context: Context, { displayName, logo, announcements, updates }: Setting): Promise<void> {
  const changes = {
    ...(displayName !== undefined && { display_name: { displayName } }),
    ...(logo !== undefined && { logo_url: { logoUrl: logo } }),
    ...(announcements && { announcements: { announcements: announcements === "yes" } }),
    ...(updates && { updates: { updates: updates === "yes" } }),
  };
  const paths = Object.keys(changes);
  if (paths.length === 0) throw wrongUsage("nothing is to change", "npx signalbox settings set --help");
  const request = { ...Object.assign({}, ...Object.values(changes)), updateMask: { paths } };
  const { settings } = await context.connect().client(SettingsService).updateSettings(request);
  if (context.options.json && settings) context.print(jsonText(SettingsSchema, settings));
  else context.print("the settings are changed");
}
