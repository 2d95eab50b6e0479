import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { type LoggedValue, LoggedValueSchema } from "@signalbox/gen/signalbox/value/v1/metadata_pb.ts";
import type { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { wrongUsage } from "../failure.ts";
import { versionName } from "../output/step-facts.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { printable } from "../output/width.ts";
import { valueText } from "../output/words.ts";
import { type ListOptions, printList } from "../pages.ts";
import { findVersion } from "./artifacts-version.ts";
import { collected, examples } from "./list-options.ts";

const columns = (now: number): readonly Column<LoggedValue>[] => [
  { heading: "KEY", cell: ({ key }) => key },
  { heading: "VALUE", cell: ({ value }) => (value ? valueText(value) : "") },
  { heading: "LOGGED", cell: ({ time }) => ago(time, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "STEP", cell: ({ step }) => step },
];

/** `artifacts log` and `artifacts history`. */
export function addArtifactsMetadata(artifacts: Command, act: Act): void {
  artifacts
    .command("log <artifact> [version]")
    .description("add metadata to a version of an artifact")
    .requiredOption("--set <key=value>", "a fact; again for more", collected)
    .addHelpText("after", examples('artifacts log penguins 3 --set rows=344 --set source="Palmer station"'))
    .action(
      act<{ set: string[] }>(async (context, { set }, artifact, version) => {
        const values = Object.fromEntries(set.map(factOf));
        const found = await findVersion(context, artifact, version);
        const request = { id: randomUUID(), artifactVersions: [found.id], values };
        await context.connect().client(ArtifactVersionService).logMetadata(request);
        context.print(context.options.json ? "{}" : `logged of ${printable(versionName(found))}`);
      }),
    );
  artifacts
    .command("history <artifact> [version]")
    .description("list all metadata that was logged of a version of an artifact, newest first")
    .action(
      act<ListOptions>(async (context, options, artifact, version) => {
        const { id: artifactVersion } = await findVersion(context, artifact, version);
        const { client } = context.connect();
        await printList(context, options, {
          schema: LoggedValueSchema,
          columns: columns(context.now()),
          nothing: "nothing was logged",
          fetch: async (page) => {
            const { entries, nextPageToken } = await client(ArtifactVersionService).listMetadata({ artifactVersion, ...page });
            return { items: entries, nextPageToken };
          },
        });
      }),
    );
}

/** `rows=344`: a whole number, a number, true or false, or a text. */
function factOf(text: string): readonly [string, MessageInitShape<typeof ValueSchema>] {
  const at = text.indexOf("=");
  if (at < 1) throw wrongUsage(`"${text}" is no fact`, "key=value");
  const [key, value] = [text.slice(0, at), text.slice(at + 1)];
  if (/^-?\d{1,15}$/.test(value)) return [key, { kind: { case: "integer", value: BigInt(value) } }];
  if (/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value)) return [key, { kind: { case: "number", value: Number(value) } }];
  if (value === "true" || value === "false") return [key, { kind: { case: "flag", value: value === "true" } }];
  return [key, { kind: { case: "text", value } }];
}
