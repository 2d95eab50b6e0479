import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { PrincipalRef } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";

/** Under which headings lists show what their items have: of several fields the first that is not empty. */
const shown: readonly (readonly [heading: string, ...fields: string[]])[] = [
  ["NAME", "name", "number"],
  ["METHOD", "method"],
  ["WHO", "principal"],
  ["ROLE", "role"],
  ["RUN", "run"],
  ["STEP", "step"],
  ["RESOURCE", "resource"],
  ["SUBJECT", "subject"],
  ["OUTCOME", "outcome"],
  ["CREATED", "create_time"],
  ["WHEN", "time", "issue_time"],
  ["EXPIRES", "expire_time"],
  ["BY", "owner"],
  ["ID", "id"],
  ["DESCRIPTION", "description"],
];

/** The columns of a list of such items: those of which they have something. */
export function columnsOf({ fields }: DescMessage, now: number): Column<Message>[] {
  return shown.flatMap(([heading, ...names]) => {
    const own = names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
    const cell = (item: Message) => own.map((field) => textOf(field, item, now)).find((text) => text !== "") ?? "";
    return own.length > 0 ? [{ heading, cell }] : [];
  });
}

function textOf({ message, enum: choices, localName }: DescField, item: Message, now: number): string {
  const value = (item as unknown as Record<string, unknown>)[localName];
  if (message?.typeName === "google.protobuf.Timestamp") return ago(value as Timestamp | undefined, now);
  if (message) return principalText(value as PrincipalRef | undefined);
  if (choices) return choices.value[value as number]?.localName.toLowerCase().replaceAll("_", "-") ?? "";
  return value ? (String(value).split("\n")[0] ?? "") : "";
}

const principalText = (principal: PrincipalRef | undefined): string => principal?.name || (principal?.id ?? "");
