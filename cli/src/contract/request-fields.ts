import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** The fields of a message as a person fills them in, one a line: `"project": string`. */
export function fieldLines(message: DescMessage): string[] {
  if (message.fields.length === 0) return ["{}"];
  return ["{", ...message.fields.map((field) => `  "${field.jsonName}": ${fieldType(field)}`), "}"];
}

function fieldType(field: DescField): string {
  switch (field.fieldKind) {
    case "list":
      return `[${valueType(field.listKind, field)}]`;
    case "map":
      return `{string: ${valueType(field.mapKind, field)}}`;
    default:
      return valueType(field.fieldKind, field);
  }
}

const scalarTypes = ["", "number", "number", "integer", "integer", "integer", "integer", "integer", "boolean", "string"];
const bytesType = 12;
const integer = "integer";

function valueType(kind: "scalar" | "enum" | "message", field: DescField): string {
  if (kind === "enum" && field.enum) return field.enum.values.map(({ name }) => name).join(" | ");
  if (kind === "message" && field.message) return wellKnown[field.message.typeName] ?? field.message.typeName.replace("signalbox.", "");
  if (field.scalar === bytesType) return "base64";
  return scalarTypes[field.scalar ?? 0] ?? integer;
}

const wellKnown: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": 'time, such as "2026-05-03T10:00:00Z"',
  "google.protobuf.Duration": 'seconds, such as "3.5s"',
  "google.protobuf.FieldMask": 'fields, such as "name,description"',
};
