import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";

/**
 * A message in which every field is set, the same each time: names of fields
 * as texts, field numbers as numbers. Messages that contain themselves end
 * after one turn.
 */
export function wholeMessage(schema: DescMessage, within: readonly DescMessage[] = []): Message {
  const values: Record<string, unknown> = {};
  for (const field of schema.fields) {
    if (field.message && within.includes(field.message)) continue;
    const value = madeUp(field, [...within, schema]);
    if (!field.oneof) values[field.localName] = value;
    else values[field.oneof.localName] ??= { case: field.localName, value };
  }
  return create(schema, values);
}

function madeUp(field: DescField, within: readonly DescMessage[]): unknown {
  if (field.fieldKind === "list") return [single(field, within)];
  if (field.fieldKind === "map") return { [`${field.name}-key`]: single(field, within) };
  return single(field, within);
}

function single(field: DescField, within: readonly DescMessage[]): unknown {
  if (field.message) return wellKnown(field.message) ?? wholeMessage(field.message, within);
  if (field.enum) return field.enum.values.at(-1)?.number ?? 0;
  switch (field.scalar) {
    case ScalarType.STRING:
      return `${field.name} ✓`;
    case ScalarType.BYTES:
      return Buffer.from(field.name);
    case ScalarType.BOOL:
      return true;
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return BigInt(field.number) + 9_007_199_254_740_993n;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return field.number + 0.5;
    default:
      return field.number;
  }
}

/** Messages whose JSON has a form of its own, and so values of their own. */
function wellKnown(schema: DescMessage): Message | undefined {
  switch (schema.typeName) {
    case "google.protobuf.Timestamp":
      return create(schema, { seconds: 1_800_000_000n, nanos: 123_456_000 });
    case "google.protobuf.Duration":
      return create(schema, { seconds: 90n, nanos: 500_000_000 });
    case "google.protobuf.FieldMask":
      return create(schema, { paths: ["display_name", "description"] });
    default:
      return undefined;
  }
}
