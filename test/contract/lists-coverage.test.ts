import { readFileSync } from "node:fs";
import type { DescMethod } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer } from "../src/answer.ts";
import { isOfWorkspace, named } from "../src/catalogue.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { type Known, sampleRequest } from "../src/sample.ts";
import { enter, oneOfEverything, organization, workspace } from "../src/scene.ts";

/** What became of a parameter of a list of ZenML: what of our list has it, or one of these and a phrase. See docs/coverage/README.md. */
type Entry = string | Readonly<Record<string, string>>;

/** How many parameters may still be asked by nothing of ours. It is lowered by whoever builds one, and never raised. */
const missingAtMost = 0;

const read = (file: string): string => readFileSync(new URL(`../../docs/coverage/${file}`, import.meta.url), "utf8");
const map = JSON.parse(read("zenml-lists.json")) as Readonly<Record<string, Readonly<Record<string, Entry>>>>;
const entries = Object.entries(map).flatMap(([list, of]) =>
  Object.entries(of).map(([parameter, entry]) => ({ key: `${list} ${parameter}`, entry })),
);
const missing = entries.flatMap(({ key, entry }) => (typeof entry !== "string" && entry.missing ? [{ key, phrase: entry.missing }] : []));

/** "/runs status" of every parameter that a list of ZenML has. */
const parameters = read("zenml-lists.txt")
  .trimEnd()
  .split("\n")
  .flatMap((line) => {
    const [list, names = ""] = line.split(": ");
    return names.split(" ").map((name) => `${list} ${name}`);
  });

describe("the map of ZenML's lists", () => {
  let plane: Plane;
  /** "runs.v1.ListRunsRequest.filter[status]", and whatever else our lists can be asked. */
  const ours = new Set<string>();

  beforeAll(async () => {
    plane = await startPlane("sqlite");
    const known = { ...(await oneOfEverything(plane)), scope: { organization, workspace } };
    const tokens = { control: plane.admin, workspace: await enter(plane, plane.admin, workspace) };
    for (const [, list] of named(/^List/)) {
      const request = list.input.typeName.replace(/^signalbox\./, "");
      for (const { name } of list.input.fields) ours.add(`${request}.${name}`);
      for (const [field, asked] of Object.entries({ filter: "nothing_such = 1", order_by: "nothing_such" }))
        for (const name of await namesIn(list, { ...known, [field]: asked }, isOfWorkspace(list) ? tokens.workspace : tokens.control))
          ours.add(`${request}.${field}[${name}]`);
    }
  }, 60_000);
  afterAll(() => plane?.close());

  /** The fields that a list names where it is asked by one that it has not. */
  async function namesIn(list: DescMethod, values: Known, token: string): Promise<readonly string[]> {
    const { error } = await answer(plane, list, sampleRequest(list, values), token);
    return /(?:those are|the fields are) ([a-z_., ]+)$/.exec(error?.rawMessage ?? "")?.[1]?.split(", ") ?? [];
  }

  test("has each parameter once, with what lists are sorted by, and nothing else", () => {
    expect(parameters.length).toBeGreaterThan(500);
    expect(entries.map(({ key }) => key).filter((key) => !key.includes(" sort_by="))).toEqual(parameters);
  });

  test("names what our lists can be asked", () => {
    const named = entries.flatMap(({ key, entry }) => (typeof entry === "string" ? [`${key} = ${entry}`] : []));
    expect(named.filter((line) => !ours.has(line.slice(line.lastIndexOf(" ") + 1)))).toEqual([]);
  });

  test("has one answer and a phrase where it names none", () => {
    const answers = ["derived", "left out", "later", "missing"];
    const wrong = entries.filter(({ entry }) => {
      const [[answer, phrase] = ["", ""], ...more] = typeof entry === "string" ? [["derived", "."] as const] : Object.entries(entry);
      return more.length > 0 || !answers.includes(answer) || phrase.trim() === "";
    });
    expect(wrong).toEqual([]);
  });

  test("does not call missing what was built", () => {
    expect(missing.filter(({ phrase }) => ours.has(phrase.slice(0, phrase.indexOf(":"))))).toEqual([]);
  });

  test(`misses ${missing.length} parameters, of at most ${missingAtMost}`, () => {
    expect(missing.length, "what was covered once stays covered").toBeLessThanOrEqual(missingAtMost);
  });
});
