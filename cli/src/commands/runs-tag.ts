import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { TaggedResourceSchema } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import { findRun } from "./find-run.ts";
import { collected, examples } from "./list-options.ts";

export function addRunsTag(runs: Command, act: Act): void {
  runs
    .command("tag <run>")
    .description("give a run tags, or take some off")
    .option("--add <tag>", "a tag to give it; again for more", collected)
    .option("--remove <tag>", "a tag to take off; again for more", collected)
    .addHelpText("after", examples("runs tag brisk-otter --add champion --remove candidate"))
    .action(
      act<{ add?: string[]; remove?: string[] }>(async (context, { add = [], remove = [] }, name) => {
        const { client } = context.connect();
        const run = await findRun(context, needed(name, "the run"));
        const { runs: tagged } = await client(RunService).tagRuns({ runs: [run.id], addTags: add, removeTags: remove });
        const [after] = tagged;
        if (!after) return;
        if (context.options.json) context.print(jsonText(TaggedResourceSchema, after));
        else context.print(`run ${run.name} is tagged ${after.tags.join(", ") || "with nothing"}`);
      }),
    );
}
