import { createHash } from "node:crypto";
import { clearField, clone, type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";

/**
 * SHA-256 of what something is created with, to tell a repeat from another
 * request with the same id. Fields named in `without` do not count; map
 * entries count in any order.
 */
export function contentHash<D extends DescMessage>(schema: D, message: MessageShape<D>, without: readonly string[] = ["id"]): Buffer {
  const counted = clone(schema, message);
  const fields = counted as unknown as Record<string, unknown>;
  for (const field of schema.fields) {
    if (without.includes(field.localName)) clearField(counted, field);
    else if (field.fieldKind === "map") fields[field.localName] = sorted(fields[field.localName] as Record<string, unknown>);
  }
  return createHash("sha256").update(schema.typeName).update("\0").update(toBinary(schema, counted)).digest();
}

const sorted = (entries: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
