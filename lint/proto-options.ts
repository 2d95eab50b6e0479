import { type DescExtension, type DescField, type DescMessage, getExtension, hasExtension, type Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";

/** An option as it is written: a name, and a value in protobuf's text format. */
export type Option = readonly [name: string, value: string];

export const quoted = (text: string): string => JSON.stringify(text);
export const indent = (depth: number): string => "  ".repeat(depth);

/** The options that a descriptor sets, those of `extensions` included, in the order of their declaration. */
export function optionsOf(
  schema: DescMessage,
  options: Message | undefined,
  extensions: readonly DescExtension[],
  without: readonly string[] = [],
): Option[] {
  if (!options) return [];
  const set = reflect(schema, options, false);
  const own = schema.fields
    .filter((field) => set.isSet(field) && ![...without, "uninterpreted_option"].includes(field.name))
    .flatMap((field) => valuesOf(field, plainValue(set, field)).map((value): Option => [field.name, textOf(field, value, 0)]));
  const others = extensions
    .filter((extension) => extension.extendee.typeName === schema.typeName && hasExtension(options, extension))
    .flatMap((extension) =>
      valuesOf(extension, getExtension(options, extension)).map(
        (value): Option => [`(${extension.typeName})`, textOf(extension, value, 0)],
      ),
    );
  return [...own, ...others];
}

/** Options behind a declaration: ` [a = 1, b = 2]`, or nothing. */
export function inBrackets(options: readonly Option[]): string {
  return options.length > 0 ? ` [${options.map(([name, value]) => `${name} = ${value}`).join(", ")}]` : "";
}

/** Options as statements of a block. */
export function asStatements(options: readonly Option[], depth: number): string {
  return options.map(([name, value]) => `${indent(depth)}option ${name} = ${value};\n`).join("");
}

type AnyField = DescField | DescExtension;

/** The value of a field of a message, as the message object holds it. */
function plainValue(message: ReflectMessage, field: DescField): unknown {
  const holder = message.message as unknown as Record<string, unknown>;
  if (!field.oneof) return holder[field.localName];
  return (holder[field.oneof.localName] as { value: unknown }).value;
}

/** A repeated field is written once for each value. */
function valuesOf(field: AnyField, value: unknown): unknown[] {
  return field.fieldKind === "list" ? (value as unknown[]) : [value];
}

function textOf(field: AnyField, value: unknown, depth: number): string {
  if (field.fieldKind === "map") throw new Error(`${field.toString()}: a map has no text here`);
  if (field.message) return messageText(field.message, value as Message, depth + 1);
  if (field.enum) return field.enum.values.find(({ number }) => number === value)?.name ?? String(value);
  if (value instanceof Uint8Array) return quoted(Buffer.from(value).toString("latin1"));
  return typeof value === "string" ? quoted(value) : String(value);
}

function messageText(schema: DescMessage, message: Message, depth: number): string {
  const set = reflect(schema, message, false);
  const lines = schema.fields
    .filter((field) => set.isSet(field))
    .flatMap((field) => valuesOf(field, plainValue(set, field)).map((value) => `${field.name}: ${textOf(field, value, depth)}`));
  if (lines.length === 0) return "{}";
  return `{\n${lines.map((line) => `${indent(depth + 1)}${line}\n`).join("")}${indent(depth)}}`;
}
