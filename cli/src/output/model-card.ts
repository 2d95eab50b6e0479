import { type Model, ModelStageSchema, type ModelVersion } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { printable } from "./width.ts";
import { valueText, word } from "./words.ts";

/** The card of a model and one of its versions, in Markdown: what people wrote of both, and what was measured. */
export function modelCard(model: Model, version: ModelVersion | undefined): string[] {
  const { description, license, audience, useCases, limitations, tradeOffs, ethics } = model;
  const facts = Object.entries(version?.metadata ?? {});
  return [
    `# ${line(model.name)}${version ? ` ${version.number}` : ""}`,
    ...paragraph([...(version ? standing(version) : []), license && `licence: ${line(license)}`].filter(Boolean).join(" · ")),
    ...paragraph(description),
    ...section("What sets this version apart", version?.description),
    ...paragraph(version?.card),
    ...section("Whom it is for", audience),
    ...section("What it is good for", useCases),
    ...section("What it is not good for", limitations),
    ...section("What was weighed", tradeOffs),
    ...section("What to mind", ethics),
    ...(facts.length > 0
      ? [
          "",
          "## Facts",
          "",
          "| fact | value |",
          "| --- | --- |",
          ...facts.map(([key, value]) => `| ${cell(key)} | ${cell(valueText(value))} |`),
        ]
      : []),
  ];
}

function standing({ name, stage, aliases, tags }: ModelVersion): string[] {
  return [
    name && line(name),
    stage ? word(ModelStageSchema, stage) : "",
    ...aliases.map((alias) => `@${line(alias)}`),
    tags.length > 0 ? `tagged ${line(tags.join(", "))}` : "",
  ];
}

const section = (heading: string, text: string | undefined): string[] => (text ? ["", `## ${heading}`, ...paragraph(text)] : []);

/** Lines stay lines; whatever else would be obeyed by a terminal is shown. */
const paragraph = (text: string | undefined): string[] => (text ? ["", ...text.trimEnd().split(/\r?\n/).map(printable)] : []);

const line = (text: string): string => printable(text);
const cell = (text: string): string => printable(text).replaceAll("|", "\\|");
