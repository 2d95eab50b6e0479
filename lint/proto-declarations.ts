import type { DescExtension } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type DescriptorProto_ExtensionRange,
  type EnumDescriptorProto,
  EnumOptionsSchema,
  EnumValueOptionsSchema,
  ExtensionRangeOptionsSchema,
  type FieldDescriptorProto,
  FieldOptionsSchema,
  FieldDescriptorProto_Label as Label,
  MessageOptionsSchema,
  OneofOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { asStatements, inBrackets, indent, optionsOf, quoted } from "./proto-options.ts";

/** What the declarations of a file depend on. */
export interface Context {
  /** Extensions of options that the file may use, its own included. */
  readonly extensions: readonly DescExtension[];
  /** Whether a field without a label needs the word "optional" to have presence. */
  readonly labelled: boolean;
}

const maxFieldNumber = 536_870_911;
const scalarNames = new Map<number, string>(
  Object.entries(Type).flatMap(([name, number]) => (typeof number === "number" ? [[number, name.toLowerCase()]] : [])),
);
const named: readonly number[] = [Type.MESSAGE, Type.ENUM, Type.GROUP];

const typeOf = (field: FieldDescriptorProto) => (named.includes(field.type) ? field.typeName : (scalarNames.get(field.type) ?? ""));
// In descriptors presence is an own property, since these messages are proto2.
const inOneof = (field: FieldDescriptorProto) => Object.hasOwn(field, "oneofIndex");

function label(field: FieldDescriptorProto, { labelled }: Context): string {
  if (field.label === Label.REPEATED) return "repeated ";
  if (field.label === Label.REQUIRED) return "required ";
  return field.proto3Optional || (labelled && !inOneof(field)) ? "optional " : "";
}

function fieldText(field: FieldDescriptorProto, depth: number, context: Context, mapEntry?: DescriptorProto): string {
  const options = optionsOf(FieldOptionsSchema, field.options, context.extensions);
  const [key, value] = mapEntry?.field ?? [];
  if (key && value) return `${indent(depth)}map<${typeOf(key)}, ${typeOf(value)}> ${field.name} = ${field.number}${inBrackets(options)};\n`;
  if (field.defaultValue !== "") {
    const isText = field.type === Type.STRING || field.type === Type.BYTES;
    options.unshift(["default", isText ? quoted(field.defaultValue) : field.defaultValue]);
  }
  return `${indent(depth)}${label(field, context)}${typeOf(field)} ${field.name} = ${field.number}${inBrackets(options)};\n`;
}

/** `extend` blocks, one for each extended message. */
export function extensionText(fields: readonly FieldDescriptorProto[], depth: number, context: Context): string {
  return [...Map.groupBy(fields, (field) => field.extendee)]
    .map(([extendee, group]) => {
      const body = group.map((field) => fieldText(field, depth + 1, context)).join("");
      return `${indent(depth)}extend ${extendee} {\n${body}${indent(depth)}}\n`;
    })
    .join("");
}

/** An inclusive range of numbers. */
const rangeText = (first: number, last: number) => (first === last ? `${first}` : `${first} to ${last >= maxFieldNumber ? "max" : last}`);

function reservedText(ranges: readonly string[], names: readonly string[], depth: number): string {
  const lines = [...ranges, ...(names.length > 0 ? [names.map(quoted).join(", ")] : [])];
  return lines.map((line) => `${indent(depth)}reserved ${line};\n`).join("");
}

export function enumText(descriptor: EnumDescriptorProto, depth: number, { extensions }: Context): string {
  const options = asStatements(optionsOf(EnumOptionsSchema, descriptor.options, extensions), depth + 1);
  const values = descriptor.value.map((value) => {
    const behind = inBrackets(optionsOf(EnumValueOptionsSchema, value.options, extensions));
    return `${indent(depth + 1)}${value.name} = ${value.number}${behind};\n`;
  });
  const ranges = descriptor.reservedRange.map(({ start, end }) => rangeText(start, end));
  const reserved = reservedText(ranges, descriptor.reservedName, depth + 1);
  return `${indent(depth)}enum ${descriptor.name} {\n${options}${values.join("")}${reserved}${indent(depth)}}\n`;
}

function extensionRangeText(range: DescriptorProto_ExtensionRange, depth: number, { extensions }: Context): string {
  const options = optionsOf(ExtensionRangeOptionsSchema, range.options, extensions, ["declaration", "verification"]);
  return `${indent(depth)}extensions ${rangeText(range.start, range.end - 1)}${inBrackets(options)};\n`;
}

function fieldsText(message: DescriptorProto, depth: number, context: Context): string {
  const entries = new Map(message.nestedType.filter(({ options }) => options?.mapEntry).map((entry) => [entry.name, entry]));
  const written = new Set<number>();
  let text = "";
  for (const field of message.field) {
    if (!inOneof(field) || field.proto3Optional) {
      const entry = field.type === Type.MESSAGE ? entries.get(field.typeName.split(".").pop() ?? "") : undefined;
      text += fieldText(field, depth, context, entry);
    } else if (!written.has(field.oneofIndex)) {
      written.add(field.oneofIndex);
      text += oneofText(message, field.oneofIndex, depth, context);
    }
  }
  return text;
}

function oneofText(message: DescriptorProto, index: number, depth: number, context: Context): string {
  const options = asStatements(optionsOf(OneofOptionsSchema, message.oneofDecl[index]?.options, context.extensions), depth + 1);
  const members = message.field.filter((field) => inOneof(field) && field.oneofIndex === index);
  const body = members.map((field) => fieldText(field, depth + 1, context)).join("");
  return `${indent(depth)}oneof ${message.oneofDecl[index]?.name} {\n${options}${body}${indent(depth)}}\n`;
}

export function messageText(message: DescriptorProto, depth: number, context: Context): string {
  const inner = depth + 1;
  return [
    `${indent(depth)}message ${message.name} {\n`,
    asStatements(optionsOf(MessageOptionsSchema, message.options, context.extensions, ["map_entry"]), inner),
    ...message.enumType.map((descriptor) => enumText(descriptor, inner, context)),
    ...message.nestedType.filter(({ options }) => !options?.mapEntry).map((nested) => messageText(nested, inner, context)),
    fieldsText(message, inner, context),
    ...message.extensionRange.map((range) => extensionRangeText(range, inner, context)),
    reservedText(
      message.reservedRange.map(({ start, end }) => rangeText(start, end - 1)),
      message.reservedName,
      inner,
    ),
    extensionText(message.extension, inner, context),
    `${indent(depth)}}\n\n`,
  ].join("");
}
