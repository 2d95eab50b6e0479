import { createHash } from "node:crypto";
import { TagColor, TagColorSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";

const colors = TagColorSchema.values.map(({ number }) => number as TagColor).filter((color) => color !== TagColor.UNSPECIFIED);

/** The color of a tag for which none was chosen: the same for the same name, wherever it is made. */
export function colorOf(name: string): TagColor {
  return colors[createHash("sha256").update(name).digest().readUInt32BE(0) % colors.length] as TagColor;
}
