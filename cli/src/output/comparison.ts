import { AspectSchema, type CompareRunsResponse, type Difference } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import type { Paint } from "./color.ts";
import { type Column, tableWriter } from "./table.ts";
import { valueText, word } from "./words.ts";

/** A line for each difference and a column for each run; what runs do not have is a dash. */
export function renderComparison({ runs, differences, truncated }: CompareRunsResponse, paint: Paint): string[] {
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
