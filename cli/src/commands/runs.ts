import type { Command } from "commander";
import type { Act } from "../act.ts";
import { addRunsAnswer } from "./runs-answer.ts";
import { addRunsCompare } from "./runs-compare.ts";
import { addRunsFacts } from "./runs-facts.ts";
import { addRunsHooks } from "./runs-hooks.ts";
import { addRunsList } from "./runs-list.ts";
import { addRunsReplay } from "./runs-replay.ts";
import { addRunsResume } from "./runs-resume.ts";
import { addRunsShow } from "./runs-show.ts";
import { addRunsStatistics } from "./runs-statistics.ts";
import { addRunsStop } from "./runs-stop.ts";
import { addRunsTag } from "./runs-tag.ts";
import { addRunsUpdate } from "./runs-update.ts";
import { addRunsWatch } from "./runs-watch.ts";

/** `runs list`, `show`, `compare`, `statistics`, `watch`, `stop`, `resume`, `replay`, `tag`, `update`, `answer`, `hooks` and `facts`. */
export function addRuns(program: Command, act: Act): void {
  const runs = program.command("runs").description("what ran");
  addRunsList(runs, act);
  addRunsShow(runs, act);
  addRunsCompare(runs, act);
  addRunsStatistics(runs, act);
  addRunsWatch(runs, act);
  addRunsStop(runs, act);
  addRunsResume(runs, act);
  addRunsReplay(runs, act);
  addRunsTag(runs, act);
  addRunsUpdate(runs, act);
  addRunsAnswer(runs, act);
  addRunsHooks(runs, act);
  addRunsFacts(runs, act);
}
