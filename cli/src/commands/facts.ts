import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type LoggedValue, LoggedValueSchema } from "@signalbox/gen/signalbox/value/v1/metadata_pb.ts";
import type { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import type { Context } from "../context.ts";
import { factOf, loggedColumns } from "../output/logged.ts";
import { type ListOptions, type PageRequest, printList } from "../pages.ts";
import { aboutOf, type Facts } from "./about.ts";
import { collected, examples } from "./list-options.ts";

/** What is logged: by whom it may be tried again, what, and which component it is about. */
interface Logging {
  readonly id: string;
  readonly values: Readonly<Record<string, MessageInitShape<typeof ValueSchema>>>;
  readonly component: string;
}

/** A kind of versions that facts are logged of. */
export interface Logged {
  /** What names a version: "<artifact> [version]". */
  readonly log: { readonly args: string; readonly description: string; readonly example: string };
  readonly list: { readonly command: string; readonly description: string };
  /** The version that arguments name: its id, and what people call it. */
  readonly find: (context: Context, of?: string, version?: string) => Promise<{ readonly id: string; readonly called: string }>;
  readonly add: (context: Context, id: string, logging: Logging) => Promise<unknown>;
  readonly page: (
    context: Context,
    id: string,
    page: PageRequest,
  ) => Promise<{ readonly entries: readonly LoggedValue[]; readonly nextPageToken: string }>;
}

/** The commands that add metadata to versions of a kind, and list all that was. */
export function addFacts(parent: Command, act: Act, { log, list, find, add, page }: Logged): void {
  parent
    .command(`log ${log.args}`)
    .description(log.description)
    .requiredOption("--set <key=value>", "a fact; again for more", collected)
    .option("--component <component>", "the stack component that it is about")
    .addHelpText("after", examples(log.example))
    .action(
      act<Facts>(async (context, { set, component }, of, version) => {
        const values = Object.fromEntries(set.map(factOf));
        const { id, called } = await find(context, of, version);
        await add(context, id, { id: randomUUID(), values, component: await aboutOf(context, component) });
        context.print(context.options.json ? "{}" : `logged of ${called}`);
      }),
    );
  parent
    .command(list.command)
    .description(list.description)
    .action(
      act<ListOptions>(async (context, options, of, version) => {
        const { id } = await find(context, of, version);
        await printList(context, options, {
          schema: LoggedValueSchema,
          columns: loggedColumns(context.now()),
          nothing: "nothing was logged",
          fetch: async (asked) => {
            const { entries, nextPageToken } = await page(context, id, asked);
            return { items: entries, nextPageToken };
          },
        });
      }),
    );
}
