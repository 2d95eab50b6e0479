import { type HookInvocation, HookInvocationSchema, HookService, HookType } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { statusCell } from "../output/status.ts";
import type { Column } from "../output/table.ts";
import { ago, took } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { findRun } from "./find-run.ts";
import { examples, withListOptions } from "./list-options.ts";

const types = new Map<HookType, string>(Object.entries(HookType).map(([name, type]) => [type, name.toLowerCase().replace("_", " ")]));

const columns = (now: number): readonly Column<HookInvocation>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "WHEN", cell: ({ type }) => types.get(type) ?? "" },
  { heading: "STATUS", cell: ({ status }) => statusCell(status), width: 9 },
  { heading: "STARTED", cell: ({ startTime }) => ago(startTime, now) },
  { heading: "TOOK", cell: ({ startTime, endTime }) => took(startTime, endTime, now) },
  { heading: "FAILED WITH", cell: ({ exception }) => (exception ? `${exception.type}: ${exception.message}`.slice(0, 80) : "") },
];

export function addRunsHooks(runs: Command, act: Act): void {
  withListOptions(runs.command("hooks <run>").description("list the hooks that were called while a run went on, newest first"))
    .addHelpText("after", examples("runs hooks brisk-otter", "runs hooks brisk-otter --filter 'status = FAILED'"))
    .action(
      act<ListOptions>(async (context, options, name) => {
        const run = await findRun(context, needed(name, "the run"));
        const { client } = context.connect();
        const filter = `run = ${run.id}${options.filter ? ` AND (${options.filter})` : ""}`;
        await printList(context, options, {
          schema: HookInvocationSchema,
          columns: columns(context.now()),
          nothing: "no hooks were called",
          fetch: async (page) => {
            const answer = await client(HookService).listHookInvocations({ filter, orderBy: options.order ?? "", ...page });
            return { items: answer.hookInvocations, nextPageToken: answer.nextPageToken };
          },
        });
      }),
    );
}
