import { expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

test("without a database, all of them and Redis are brought", () => {
  expect(parseArguments(["laws", "-t", "lists"])).toEqual({
    databases: ["sqlite", "postgres", "mariadb"],
    servers: ["postgres", "mariadb", "redis"],
    soak: false,
    vitest: ["laws", "-t", "lists"],
  });
});

test("sqlite needs no server", () => {
  expect(parseArguments(["--database", "sqlite"])).toEqual({ databases: ["sqlite"], servers: [], soak: false, vitest: [] });
});

test("one database brings its server and Redis", () => {
  expect(parseArguments(["--database=mariadb"]).servers).toEqual(["mariadb", "redis"]);
});

test("an unknown database is refused by name", () => {
  expect(() => parseArguments(["--database", "oracle"])).toThrow('not "oracle"');
  expect(() => parseArguments(["--database"])).toThrow('not ""');
});

test("a soak is the tests of faults, of which a filter chooses some", () => {
  expect(parseArguments(["--soak", "kill"])).toMatchObject({ soak: true, vitest: ["--project", "faults", "kill"] });
});
