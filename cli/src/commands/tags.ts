import { randomUUID } from "node:crypto";
import { type Tag, TagColor, TagSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { type Command, Option } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { jsonText } from "../context.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { examples, withListOptions } from "./list-options.ts";

const names = new Map<TagColor, string>(Object.entries(TagColor).map(([name, color]) => [color, name.toLowerCase()]));
const colorName = (color: TagColor): string => names.get(color) ?? "";
const colors = [...names.values()].filter((name) => name !== colorName(TagColor.UNSPECIFIED));

const columns = (now: number): readonly Column<Tag>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "COLOR", cell: ({ color }) => colorName(color) },
  { heading: "EXCLUSIVE", cell: ({ exclusive }) => (exclusive ? "yes" : "") },
  { heading: "GIVEN TO", cell: ({ taggedCount }) => String(taggedCount) },
  { heading: "CREATED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

interface Creating {
  readonly tagColor?: string;
  readonly exclusive?: boolean;
  readonly description?: string;
}

/** `tags list`, `create` and `delete`. */
export function addTags(program: Command, act: Act): void {
  const tags = program.command("tags").description("words that runs, artifacts, models and others are tagged with");
  withListOptions(tags.command("list").description("list the tags of the workspace")).action(
    act<ListOptions>(async (context, options) => {
      const { client } = context.connect();
      await printList(context, options, {
        schema: TagSchema,
        columns: columns(context.now()),
        nothing: "no tags",
        fetch: async (page) => {
          const answer = await client(TagService).listTags({ filter: options.filter ?? "", orderBy: options.order ?? "", ...page });
          return { items: answer.tags, nextPageToken: answer.nextPageToken };
        },
      });
    }),
  );
  tags
    .command("create <name>")
    .description("create a tag; attaching an unknown one does so too")
    .addOption(new Option("--tag-color <color>", "how it is shown").choices(colors))
    .option("--exclusive", "only one run of a pipeline has it, and one version of an artifact")
    .option("--description <text>", "what it stands for")
    .addHelpText("after", examples("tags create champion --exclusive --tag-color green"))
    .action(
      act<Creating>(async (context, { tagColor = "unspecified", exclusive = false, description = "" }, name) => {
        const { client } = context.connect();
        const chosen = TagColor[tagColor.toUpperCase() as keyof typeof TagColor];
        const request = { id: randomUUID(), name: needed(name, "the name"), color: chosen, exclusive, description };
        const { tag } = await client(TagService).createTag(request);
        if (context.options.json && tag) context.print(jsonText(TagSchema, tag));
        else context.print(`tag ${tag?.name ?? name} created`);
      }),
    );
  tags
    .command("delete <tag>")
    .description("delete a tag, and take it off everything")
    .action(
      act(async (context, _options, name) => {
        const { client } = context.connect();
        await client(TagService).deleteTag({ tag: needed(name, "the tag") });
        context.print(context.options.json ? "{}" : `tag ${name} deleted`);
      }),
    );
}
