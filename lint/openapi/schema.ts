import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
  ScalarType,
} from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { type FieldRules, oneof as oneofRules, field as rulesOfField } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { describe } from "./comments.ts";
import { schemaOfRules } from "./schema-of-rules.ts";

/** A schema in JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export type Schema = { readonly [keyword: string]: unknown };

const validator = createValidator();

/**
 * A message as its ProtoJSON. What is empty is left out there, so a field is
 * required where the rules refuse its empty value. A closed message refuses
 * fields that it does not have, as the server does with requests.
 */
export function messageSchema(message: DescMessage, closed: boolean): Schema {
  const required = requiredFields(message);
  const choices = message.oneofs.map(choice);
  return {
    type: "object",
    description: describe(message),
    ...(message.fields.length > 0 && {
      properties: Object.fromEntries(message.fields.map((field) => [field.jsonName, fieldSchema(field)])),
    }),
    ...(required.length > 0 && { required }),
    ...(choices.length > 0 && { allOf: choices }),
    ...(closed && { additionalProperties: false }),
  };
}

export function enumSchema(enumeration: DescEnum): Schema {
  const lines = enumeration.values.map((value) => `- \`${value.name}\`: ${describe(value)}`);
  return {
    type: "string",
    description: [describe(enumeration), "", ...lines].join("\n"),
    enum: enumeration.values.map(({ name }) => name),
  };
}

export const refTo = (typeName: string): Schema => ({ $ref: `#/components/schemas/${typeName}` });

/** The fields without which the server refuses the message, as the rules have it. */
function requiredFields(message: DescMessage): readonly string[] {
  const result = validator.validate(message, create(message));
  const refused = new Set((result.violations ?? []).map(({ field: [first] }) => (first?.kind === "field" ? first.name : "")));
  return message.fields.filter(({ name }) => refused.has(name)).map(({ jsonName }) => jsonName);
}

/** One of the members, or none where none is needed. */
function choice(oneof: DescOneof): Schema {
  const members = oneof.fields.map(({ jsonName }) => ({ required: [jsonName] }));
  const needed = hasOption(oneof, oneofRules) && getOption(oneof, oneofRules).required;
  return { oneOf: needed ? members : [...members, { not: { anyOf: members } }] };
}

function fieldSchema(field: DescField): Schema {
  const rules = hasOption(field, rulesOfField) ? getOption(field, rulesOfField) : undefined;
  const { keywords, words, parts } = schemaOfRules(rules, field.enum);
  const description = [describe(field), ...words].join(" ");
  if (field.fieldKind === "list")
    return { type: "array", description, ...keywords, items: valueSchema(field, schemaOfRules(parts.items, field.enum).keywords) };
  if (field.fieldKind !== "map") return { ...valueSchema(field, keywords), description };
  return {
    type: "object",
    description,
    ...keywords,
    ...names(parts.keys),
    additionalProperties: valueSchema(field, valuesOf(parts.values)),
  };
}

const valuesOf = (rules: FieldRules | undefined): Schema => schemaOfRules(rules).keywords;

function names(rules: FieldRules | undefined): Schema {
  const { keywords } = schemaOfRules(rules);
  return Object.keys(keywords).length > 0 ? { propertyNames: keywords } : {};
}

const wellKnown: Readonly<Record<string, Schema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+([.][0-9]{1,9})?s$", examples: ["3.5s"] },
  "google.protobuf.FieldMask": { type: "string", examples: ["displayName,description"] },
};

function valueSchema(field: DescField, keywords: Schema): Schema {
  if (field.message) {
    const { typeName } = field.message;
    if (wellKnown[typeName]) return { ...wellKnown[typeName], ...keywords };
    if (typeName.startsWith("google.protobuf.")) throw new Error(`the OpenAPI document has no schema for ${typeName} yet`);
    return refTo(typeName);
  }
  if (field.enum) return { ...refTo(field.enum.typeName), ...keywords };
  return { ...scalarSchema(field), ...keywords };
}

const whole64 = { type: "string", format: "int64", pattern: "^-?[0-9]+$" };
const whole32 = { type: "integer", format: "int32" };

function scalarSchema(field: DescField): Schema {
  switch (field.scalar) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    case ScalarType.INT32:
      return whole32;
    case ScalarType.INT64:
      return whole64;
    case ScalarType.DOUBLE:
      return takesOnlyFinite(field)
        ? { type: "number", format: "double" }
        : {
            oneOf: [
              { type: "number", format: "double" },
              { type: "string", enum: ["NaN", "Infinity", "-Infinity"] },
            ],
          };
    default:
      throw new Error(`the OpenAPI document has no schema for ${field.parent.typeName}.${field.name} yet`);
  }
}

function takesOnlyFinite(field: DescField): boolean {
  if (!hasOption(field, rulesOfField)) return false;
  const { type } = getOption(field, rulesOfField);
  const rules = type.case === "repeated" ? type.value.items?.type : type;
  return rules?.case === "double" && rules.value.finite;
}
