import { describeConfig, type Settings } from "@signalbox/runtime/host/config.ts";
import {
  clientSettings,
  commonSettings,
  edgeProcessSettings,
  edgeSettings,
  firstSettings,
  oneProcessSettings,
  serviceSettings,
} from "./settings.ts";

/** docs/configuration.md: every setting, from the code that reads them. */
export function configurationPage(): string {
  const sections: readonly (readonly [string, string, Settings])[] = [
    ["Every program", "", commonSettings],
    ["The door", "Read by the one process, and by the edge of a mesh.", edgeSettings],
    ["The first start", "Read by the one process, and by `bootstrap` of a mesh.", firstSettings],
    ["One process", "", less(oneProcessSettings, commonSettings, edgeSettings, firstSettings)],
    ["The programs of a mesh", "Any of them may be started with the settings of all.", less(serviceSettings, commonSettings)],
    ["The edge of a mesh", "", less(edgeProcessSettings, serviceSettings, edgeSettings)],
    ["Clients", "Read by the SDK and the command line; a server that finds them in its environment lets them be.", clientSettings],
  ];
  return [
    "# Configuration",
    "",
    "Programs read environment variables and nothing else. A setting that is wrong, missing or unknown stops the start and is named; an",
    "empty variable counts as not set. Where `_FILE` is named, the value may lie in a file instead, whose path the variable holds.",
    "",
    "This page is made from `deploy/src/settings.ts` by `npm run gen`.",
    ...sections.flatMap(([title, text, settings]) => ["", `## ${title}`, "", ...(text ? [text, ""] : []), describeConfig(settings).trim()]),
    "",
  ].join("\n");
}

/** The settings that others do not have under the same variable. */
function less(settings: Settings, ...others: readonly Settings[]): Settings {
  const known = new Set(others.flatMap((each) => Object.values(each).map(({ env }) => env)));
  return Object.fromEntries(Object.entries(settings).filter(([, { env }]) => !known.has(env)));
}
