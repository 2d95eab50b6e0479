import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LoggedValue } from "@signalbox/gen/signalbox/value/v1/metadata_pb.ts";
import type { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { wrongUsage } from "../failure.ts";
import type { Column } from "./table.ts";
import { ago } from "./time.ts";
import { valueText } from "./words.ts";

/** How what was logged of a version is listed. */
export const loggedColumns = (now: number): readonly Column<LoggedValue>[] => [
  { heading: "KEY", cell: ({ key }) => key },
  { heading: "VALUE", cell: ({ value }) => (value ? valueText(value) : "") },
  { heading: "LOGGED", cell: ({ time }) => ago(time, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "STEP", cell: ({ step }) => step },
  { heading: "ABOUT", cell: ({ component }) => component },
];

/** `rows=344`: a whole number, a number, true or false, or a text. */
export function factOf(text: string): readonly [string, MessageInitShape<typeof ValueSchema>] {
  const at = text.indexOf("=");
  if (at < 1) throw wrongUsage(`"${text}" is no fact`, "key=value");
  const [key, value] = [text.slice(0, at), text.slice(at + 1)];
  if (/^-?\d{1,15}$/.test(value)) return [key, { kind: { case: "integer", value: BigInt(value) } }];
  if (/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value)) return [key, { kind: { case: "number", value: Number(value) } }];
  if (value === "true" || value === "false") return [key, { kind: { case: "flag", value: value === "true" } }];
  return [key, { kind: { case: "text", value } }];
}
