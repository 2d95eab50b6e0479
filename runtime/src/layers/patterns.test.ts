import { create, type DescField, type DescMessage, getOption, hasOption } from "@bufbuild/protobuf";
import { createValidator, type Validator } from "@bufbuild/protovalidate";
import { field as rules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { describe, expect, test } from "vitest";
import { everyService } from "../contract/services.ts";
import { matches, wordsFor } from "./patterns.ts";

interface Ruled {
  readonly pattern: string;
  readonly message: DescMessage;
  readonly field: DescField;
}

function ruledIn(message: DescMessage, seen: Set<DescMessage>): readonly Ruled[] {
  if (seen.has(message)) return [];
  seen.add(message);
  return message.fields.flatMap((field) => {
    const type = hasOption(field, rules) ? getOption(field, rules).type : undefined;
    const here = type?.case === "string" && type.value.pattern !== "" ? [{ pattern: type.value.pattern, message, field }] : [];
    return [...here, ...(field.message ? ruledIn(field.message, seen) : [])];
  });
}

const seen = new Set<DescMessage>();
const all = everyService.flatMap(({ methods }) => methods.flatMap(({ input }) => ruledIn(input, seen)));
const byPattern = [...new Map(all.map((ruled) => [ruled.pattern, ruled])).values()];

// Where RE2 and JavaScript might differ: spaces, controls, ends of lines, what lies outside of ASCII.
const texts = ["a", "A-b_c.d", "a b", " a", "a ", "\u00a0a", "a\u2003", "\ufeff", "a\nb", "a\n", "\ta", "a\u0085", "é", "😀", "\u2028"];
const more = ["run.read", "s3://bucket/a b", "arn:aws:iam::123456789012:role/data", "ab12", `sha256:${"0a".repeat(32)}`, "a--b", "-a"];

const refused = (validator: Validator, { message, field }: Ruled, text: string) => {
  const { kind, violations } = validator.validate(message, create(message, { [field.localName]: text } as never)) as {
    kind: string;
    violations?: readonly { readonly ruleId: string; readonly field: readonly unknown[] }[];
  };
  expect(kind).not.toBe("error");
  return violations?.some(({ ruleId, field: path }) => ruleId === "string.pattern" && path[0] === field) ?? false;
};

describe.each(byPattern)("$pattern", (ruled) => {
  const theirs = createValidator();
  const ours = createValidator({ regexMatch: matches });
  test.each([...texts, ...more])("judges %j as protovalidate's own engine does", (text) => {
    expect(refused(ours, ruled, text)).toBe(refused(theirs, ruled, text));
  });
});

test("the contract has such patterns", () => {
  expect(byPattern.length).toBeGreaterThan(5);
});

test.each(byPattern)("who breaks $pattern is told so in words", ({ pattern }) => {
  expect(wordsFor(pattern)).not.toContain(pattern);
});

test("what would mean something else here is refused", () => {
  expect(() => matches("^\\w+$", "a")).toThrow("not understood");
  expect(() => matches("^\\s$", " ")).toThrow("not understood");
});
