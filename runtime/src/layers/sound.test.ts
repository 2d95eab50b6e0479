import { create, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { everyService } from "../contract/services.ts";
import { matches } from "./patterns.ts";
import { isSound } from "./sound.ts";

const inputs = [...new Map(everyService.flatMap(({ methods }) => methods.map(({ input }) => [input.typeName, input]))).values()];
const validator = createValidator({ regexMatch: matches });

const uuid = "0190f5c8-3c1a-7e5b-8d2f-0123456789ab";
const texts = [
  "",
  "a",
  "ab",
  "run.read",
  uuid,
  uuid.toUpperCase(),
  `${uuid}0`,
  "a b",
  " a",
  "a\0b",
  "é".repeat(40),
  "😀".repeat(100),
  "x".repeat(129),
];
const longTexts = [
  "y".repeat(256),
  "z".repeat(5_000),
  "s3://bucket/a",
  "a@b.example",
  "https://example.com/",
  `sha256:${"0a".repeat(32)}`,
  "😀",
];
const numbers = [0, 1, -1, 2, 7, 50, 1_000, 1_001, 900, 2 ** 31 - 1];
const doubles = [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY];

/** Draws values of fields, as dice fall: of few of them, so that rules are kept and broken alike. */
function drawing(dice: Iterator<number>) {
  const pick = <T>(values: readonly T[]): T => values[(dice.next().value as number) % values.length] as T;

  function scalar(field: DescField): unknown {
    if (field.enum) return pick([...field.enum.values.map(({ number }) => number), 99]);
    if (field.scalar === ScalarType.STRING) return pick([...texts, ...longTexts]);
    if (field.scalar === ScalarType.BOOL) return pick([true, false]);
    if (field.scalar === ScalarType.BYTES) return new Uint8Array([pick([0, 1])]);
    if (field.scalar === ScalarType.DOUBLE || field.scalar === ScalarType.FLOAT) return pick(doubles);
    return field.scalar === ScalarType.INT64 || field.scalar === ScalarType.UINT64 ? BigInt(pick(numbers)) : pick(numbers);
  }

  function value(field: DescField, depth: number): unknown {
    const each = () => (field.message ? message(field.message, depth + 1) : scalar(field));
    const some = pick([0, 1, 1, 2, 3]);
    if (field.fieldKind === "list") return Array.from({ length: some }, each);
    if (field.fieldKind === "map") return Object.fromEntries(Array.from({ length: some }, () => [pick(texts), each()]));
    return each();
  }

  function message(schema: DescMessage, depth = 0): object {
    if (schema.typeName === "google.protobuf.Struct") return { a: pick(texts) };
    const init: Record<string, unknown> = {};
    for (const member of schema.members) {
      if (depth > 3 || pick([true, true, false]) === false) continue;
      const field = member.kind === "oneof" ? pick(member.fields) : member;
      if (field.fieldKind === "map" && field.mapKey !== ScalarType.STRING) continue;
      if (member.kind === "oneof") init[member.localName] = { case: field.localName, value: value(field, depth) };
      else init[member.localName] = value(field, depth);
    }
    return create(schema, init as never);
  }

  return message;
}

const holdsNul = (message: object): boolean =>
  JSON.stringify(message, (_, value) => (typeof value === "bigint" ? String(value) : value)).includes("\\u0000");

const sound = new Set<string>();

describe.each(inputs.map((schema) => ({ name: schema.typeName, schema })))("$name", ({ name, schema }) => {
  test("is called sound only where protovalidate finds nothing and no text holds U+0000", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(5_039)), (dice) => {
        const message = drawing(dice)(schema) as ReturnType<typeof create>;
        if (!isSound(schema, message)) return;
        sound.add(name);
        expect(validator.validate(schema, message).kind).toBe("valid");
        expect(holdsNul(message)).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
});

test("most messages of the contract are called sound at times: the look is worth having", () => {
  expect(sound.size).toBeGreaterThan(inputs.length * 0.6);
});
