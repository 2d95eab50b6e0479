import { readFileSync } from "node:fs";
import type { DescMessage } from "@bufbuild/protobuf";
import { everyService } from "@signalbox/runtime/contract/services.ts";
import { describe, expect, test } from "vitest";

/** What became of a property of ZenML: the field that has it, or one of these and a phrase. See docs/coverage/README.md. */
type Entry = string | Readonly<Record<string, string>>;
type Answer = "derived" | "left out" | "later" | "missing";
const answers: readonly string[] = ["derived", "left out", "later", "missing"] satisfies Answer[];

/** How many properties may still have no field. It is lowered by whoever builds one, and never raised. */
const missingAtMost = 0;

const read = (file: string): string => readFileSync(new URL(`../../docs/coverage/${file}`, import.meta.url), "utf8");
const map = JSON.parse(read("zenml.json")) as Readonly<Record<string, Readonly<Record<string, Entry>>>>;
const entries = Object.entries(map).flatMap(([schema, of]) =>
  Object.entries(of).map(([property, entry]) => ({ key: `${schema}.${property}`, entry })),
);

/** "Schema.property" of everything that ZenML's contract has. */
const properties = read("zenml-properties.txt")
  .trimEnd()
  .split("\n")
  .flatMap((line) => {
    const [schema, names = ""] = line.split(": ");
    return names.split(" ").map((name) => `${schema}.${name}`);
  });

/** Every field of our contract, as the map names it: "runs.v1.Run.status". */
const fields: ReadonlySet<string> = fieldsOfContract();
const mentioned = /\b[a-z]+\.v1\.[A-Z]\w+\.[a-z]\w*/g;

function fieldsOfContract(): Set<string> {
  const seen = new Set<DescMessage>();
  const visit = (message: DescMessage): void => {
    if (seen.has(message)) return;
    seen.add(message);
    for (const { message: inner } of message.fields) if (inner) visit(inner);
  };
  for (const { input, output } of everyService.flatMap(({ methods }) => methods)) for (const message of [input, output]) visit(message);
  return new Set([...seen].flatMap(({ typeName, fields }) => fields.map(({ name }) => `${typeName.replace(/^signalbox\./, "")}.${name}`)));
}

/** The one answer of an entry that names no field, and its phrase. */
function answerOf(entry: Entry): { readonly answer: string; readonly phrase: string } | undefined {
  if (typeof entry === "string") return undefined;
  const [[answer, phrase] = ["", ""], ...more] = Object.entries(entry);
  return { answer: more.length > 0 ? Object.keys(entry).join(" and ") : answer, phrase };
}

const answered = entries.flatMap(({ key, entry }) => {
  const found = answerOf(entry);
  return found ? [{ key, ...found }] : [];
});
const missing = answered.filter(({ answer }) => answer === "missing");

describe("the map of ZenML's contract", () => {
  test("has each property once, and nothing else", () => {
    expect(properties.length).toBeGreaterThan(2000);
    expect(new Set(properties).size).toBe(properties.length);
    expect(entries.map(({ key }) => key)).toEqual(properties);
  });

  test("names fields that exist", () => {
    const named = entries.flatMap(({ key, entry }) => (typeof entry === "string" ? [`${key} = ${entry}`] : []));
    expect(named.filter((line) => !fields.has(line.slice(line.indexOf(" = ") + 3)))).toEqual([]);
  });

  test("has one answer and a phrase where it names no field", () => {
    expect(answered.filter(({ answer, phrase }) => !answers.includes(answer) || phrase.trim() === "")).toEqual([]);
  });

  test("derives from fields that exist", () => {
    const others = answered.filter(({ answer }) => answer !== "missing");
    expect(others.filter(({ phrase }) => (phrase.match(mentioned) ?? []).some((name) => !fields.has(name)))).toEqual([]);
  });

  test("proposes a field, its type and what it means where one is missing", () => {
    expect(missing.filter(({ phrase }) => !/^[a-z]+\.v1\.[A-Z]\w+\.[a-z]\w*(\[[a-z_]+\])?: \S/.test(phrase))).toEqual([]);
  });

  test("does not call missing what was built", () => {
    const built = missing.filter(({ phrase }) => fields.has(phrase.slice(0, phrase.indexOf(":"))));
    expect(built.map(({ key, phrase }) => `${key}: ${phrase}`)).toEqual([]);
  });

  test(`misses ${missing.length} fields, of at most ${missingAtMost}`, () => {
    expect(missing.length, "what was covered once stays covered").toBeLessThanOrEqual(missingAtMost);
  });
});
