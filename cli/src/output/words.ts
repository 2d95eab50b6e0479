import type { DescEnum } from "@bufbuild/protobuf";
import type { Value } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { brief } from "./spark.ts";
import { displayWidth, printable } from "./width.ts";

/** The word for an enum's value: "completed" for STATUS_COMPLETED; empty for the unspecified one. */
export function word(schema: DescEnum, number: number): string {
  if (number === 0) return "";
  const name = schema.value[number]?.name ?? String(number);
  return name
    .slice(schema.sharedPrefix?.length ?? 0)
    .toLowerCase()
    .replaceAll("_", " ");
}

const longest = 60;

/** A metadata value on one line. */
export function valueText(value: Value): string {
  const { kind } = value;
  switch (kind.case) {
    case "text":
      return shortened(printable(kind.value));
    case "integer":
      return String(kind.value);
    case "number":
      return brief(kind.value);
    case "flag":
      return kind.value ? "yes" : "no";
    case "texts":
      return shortened(printable(kind.value.items.join(", ")));
    case "numbers":
      return listed(kind.value.items.map(brief));
    case "json":
      return shortened(printable(kind.value.text));
    default:
      return "";
  }
}

function listed(items: readonly string[]): string {
  return items.length > 5 ? `${items.slice(0, 5).join(" / ")} / …` : items.join(" / ");
}

function shortened(text: string): string {
  return displayWidth(text) <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** A count with its noun: "1 step", "7 steps". */
export function counted(count: number | bigint, noun: string): string {
  return `${count} ${noun}${Number(count) === 1 ? "" : "s"}`;
}
