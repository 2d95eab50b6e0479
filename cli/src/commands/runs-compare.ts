import {
  type Aspect,
  AspectSchema,
  CompareRunsResponseSchema,
  ComparisonService,
} from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Act } from "../act.ts";
import { isUuid, needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import { renderComparison } from "../output/comparison.ts";
import { word } from "../output/words.ts";
import { projectOf } from "../project.ts";
import { collected, examples } from "./list-options.ts";

const aspects = new Map<string, Aspect>(AspectSchema.values.slice(1).map(({ number }) => [word(AspectSchema, number), number as Aspect]));
const words = [...aspects.keys()];

export function addRunsCompare(runs: Command, act: Act): void {
  runs
    .command("compare <run> <others...>")
    .description("show what is not the same in 2 to 20 runs")
    .addOption(new Option("--by <aspect>", `what to compare; again for more: ${words.join(", ")}`).argParser(aspectWord))
    .addHelpText(
      "after",
      examples("runs compare brisk-otter stern-heron", "runs compare brisk-otter stern-heron --by metrics --by packages"),
    )
    .action(
      act<{ by?: string[] }>(async (context, { by = [] }, ...names) => {
        const references = names.map((name) => needed(name, "a run"));
        const project = await projectOf(context, references.find((reference) => !isUuid(reference)) ?? "");
        const { client } = context.connect();
        const answer = await client(ComparisonService).compareRuns({
          runs: references,
          project,
          aspects: by.flatMap((name) => aspects.get(name) ?? []),
        });
        if (context.options.json) context.print(jsonText(CompareRunsResponseSchema, answer));
        else context.print(...renderComparison(answer, context.paint));
      }),
    );
}

function aspectWord(value: string, before?: string[]): string[] {
  if (!aspects.has(value)) throw new InvalidArgumentError(`It is one of: ${words.join(", ")}.`);
  return collected(value, before);
}
