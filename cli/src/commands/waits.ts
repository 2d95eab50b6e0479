import {
  Resolution,
  type WaitCondition,
  WaitConditionSchema,
  WaitConditionStatus,
} from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject } from "../project.ts";
import { examples, withListOptions } from "./list-options.ts";

const answerOf = ({ status, resolution, result }: WaitCondition): string => {
  if (status === WaitConditionStatus.PENDING) return "";
  return resolution === Resolution.ABORT ? "aborted" : (result?.text ?? "go on");
};

const columns = (now: number): readonly Column<WaitCondition>[] => [
  { heading: "RUN", cell: ({ run }) => run },
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "QUESTION", cell: ({ question }) => question },
  { heading: "ASKED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "ANSWER", cell: answerOf },
  { heading: "BY", cell: ({ resolver }) => resolver?.name ?? "" },
];

/** `waits list`. */
export function addWaits(program: Command, act: Act): void {
  const waits = program.command("waits").description("what runs wait for an answer to");
  withListOptions(waits.command("list").description("list what is not answered yet, newest first"))
    .option("--all", "what was answered, too")
    .addHelpText("after", examples("waits list", "waits list --all --filter 'resolve_time > \"-7d\"'"))
    .action(
      act<ListOptions & { readonly all?: boolean }>(async (context, options) => {
        const { client } = context.connect();
        const asked = [...(options.all ? [] : ["status = PENDING"]), ...(options.filter ? [`(${options.filter})`] : [])];
        await printList(context, options, {
          schema: WaitConditionSchema,
          columns: columns(context.now()),
          nothing: "nothing waits for an answer",
          fetch: async (page) => {
            const request = { project: namedProject(context), filter: asked.join(" AND "), orderBy: options.order ?? "", ...page };
            const answer = await client(WaitConditionService).listWaitConditions(request);
            return { items: answer.waitConditions, nextPageToken: answer.nextPageToken };
          },
        });
      }),
    );
}
