import { type MetadataEntry, MetadataEntrySchema, MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { valueText } from "../output/words.ts";
import { type ListOptions, printList } from "../pages.ts";
import { findRun } from "./find-run.ts";
import { examples } from "./list-options.ts";

const columns = (now: number): readonly Column<MetadataEntry>[] => [
  { heading: "STEP", cell: ({ step, attempt }) => (attempt > 1 ? `${step}, attempt ${attempt}` : step) },
  { heading: "KEY", cell: ({ key }) => key },
  { heading: "VALUE", cell: ({ value }) => (value ? valueText(value) : "") },
  { heading: "LOGGED", cell: ({ time }) => ago(time, now) },
  { heading: "ABOUT", cell: ({ component }) => component },
];

export function addRunsFacts(runs: Command, act: Act): void {
  runs
    .command("facts <run>")
    .description("list all metadata that a run and its steps logged, oldest first")
    .addHelpText("after", examples("runs facts brisk-otter"))
    .action(
      act<ListOptions>(async (context, options, name) => {
        const { id: run } = await findRun(context, needed(name, "the run"));
        await printList(context, options, {
          schema: MetadataEntrySchema,
          columns: columns(context.now()),
          nothing: "nothing was logged",
          fetch: async (page) => {
            const { entries, nextPageToken } = await context
              .connect()
              .client(MetricService)
              .listMetadata({ run, ...page });
            return { items: entries, nextPageToken };
          },
        });
      }),
    );
}
