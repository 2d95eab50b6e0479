import {
  type Aspect,
  AspectSchema,
  type CompareRunsResponse,
  CompareRunsResponseSchema,
  ComparisonService,
  type Difference,
} from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Act } from "../act.ts";
import { isUuid, needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import type { Paint } from "../output/color.ts";
import { type Column, tableWriter } from "../output/table.ts";
import { valueText, word } from "../output/words.ts";
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

/** A line for each difference and a column for each run; what runs do not have is a dash. */
function renderComparison({ runs, differences, truncated }: CompareRunsResponse, paint: Paint): string[] {
  if (differences.length === 0) return ["nothing differs"];
  const columns: Column<Difference>[] = [
    { heading: "WHAT", cell: ({ aspect }) => ({ text: word(AspectSchema, aspect), tone: "faint" }) },
    { heading: "WHERE", cell: ({ step, path }) => [step, path].filter(Boolean).join(" ") },
    ...runs.map(({ name }, i) => ({ heading: name, cell: ({ values }: Difference) => shown(values[i]) })),
  ];
  const more = truncated ? ["", paint("faint", "there is more: compare fewer runs, or --by less")] : [];
  return [...tableWriter(columns, paint).rows(differences), ...more];
}

const longest = 40;

function shown(compared: Difference["values"][number] | undefined): string {
  if (!compared?.value) return "-";
  const text = valueText(compared.value);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
