import type { DescEnum, DescEnumValue, DescField, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { getComments } from "@bufbuild/protoplugin";

/** What the contract says about something: its comment, with the line breaks that only keep lines short taken out. */
export function describe(desc: DescService | DescMethod | DescMessage | DescField | DescEnum | DescEnumValue): string {
  return (getComments(desc).leading ?? "")
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, " ").trim())
    .join("\n\n");
}

/** The first sentence of a description. */
export const firstSentence = (text: string): string => text.replace(/(?<=[.]) .*/s, "").replace(/[.]$/, "");
