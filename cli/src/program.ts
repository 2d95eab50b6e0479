import type { Command } from "commander";
import type { Act } from "./act.ts";
import { addApi } from "./commands/api.ts";
import { addArtifacts } from "./commands/artifacts.ts";
import { addBuilds } from "./commands/builds.ts";
import { addCode } from "./commands/code.ts";
import { addCompletion } from "./commands/completion.ts";
import { addComponents } from "./commands/components.ts";
import { addConnectors } from "./commands/connectors.ts";
import { addExplain } from "./commands/explain.ts";
import { addFlavors } from "./commands/flavors.ts";
import { addKeys } from "./commands/keys.ts";
import { examples } from "./commands/list-options.ts";
import { addLogin } from "./commands/login.ts";
import { addLogout } from "./commands/logout.ts";
import { addModels } from "./commands/models.ts";
import { addPasswd } from "./commands/passwd.ts";
import { addPeople } from "./commands/people.ts";
import { addPipelines } from "./commands/pipelines.ts";
import { addProjects } from "./commands/projects.ts";
import { addRuns } from "./commands/runs.ts";
import { addSettings } from "./commands/settings.ts";
import { addSnapshots } from "./commands/snapshots.ts";
import { addStacks } from "./commands/stacks.ts";
import { addSteps } from "./commands/steps.ts";
import { addTags } from "./commands/tags.ts";
import { addTemplates } from "./commands/templates.ts";
import { addVisualizations } from "./commands/visualizations.ts";
import { addWaits } from "./commands/waits.ts";
import { addWhoami } from "./commands/whoami.ts";
import { addDerived } from "./derived/add.ts";
import type { Terminal } from "./terminal.ts";

const version = "0.1.0";

const exitCodes = `

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in, 4 not found or not allowed, 5 conflict, 6 unavailable.
Environment: SIGNALBOX_URL with SIGNALBOX_API_KEY, SIGNALBOX_WORKSPACE, SIGNALBOX_PROJECT, NO_COLOR.`;

/** Adds every command and what they share: options, help, and where the parser writes. */
export function addCommands(program: Command, act: Act, terminal: Terminal): void {
  const { stdout, stderr } = terminal;
  program
    .description("what ran, what it made, and who may do what")
    .version(version, "--version")
    .option("--profile <name>", "the server and person of this profile")
    .option("--url <url>", "the address of the server")
    .option("--workspace <workspace>", "the workspace, by id or name")
    .option("--project <project>", "the project, by id or name")
    .option("--json", "results and failures as JSON")
    .option("--no-color", "no colours")
    // Copied by each command that is added after this.
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // Told by main, like every other failure.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", examples("login http://localhost:8750", "runs list --project demo", "runs watch") + exitCodes);
  addLogin(program, act);
  addLogout(program, act);
  addWhoami(program, act);
  addPasswd(program, act);
  addRuns(program, act);
  addSteps(program, act);
  addProjects(program, act);
  addPipelines(program, act);
  addSnapshots(program, act);
  addBuilds(program, act);
  addCode(program, act);
  addTemplates(program, act);
  addModels(program, act);
  addArtifacts(program, act);
  addStacks(program, act);
  addComponents(program, act);
  addFlavors(program, act);
  addConnectors(program, act);
  addTags(program, act);
  addVisualizations(program, act);
  addWaits(program, act);
  addExplain(program, act);
  addPeople(program, act);
  addKeys(program, act);
  addSettings(program, act);
  addDerived(program, act);
  addApi(program, act);
  addCompletion(program, terminal);
}
