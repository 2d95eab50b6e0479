import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Listening } from "../src/listener.ts";
import { openDoor } from "./door.ts";

let door: Listening;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close(100));

test("the contract is answered as OpenAPI, to anyone", async () => {
  const response = await fetch(`${door.url}/openapi.json`);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.text()).toBe(readFileSync(new URL(import.meta.resolve("@signalbox/gen/openapi.json")), "utf8"));
});

test("the first page says where the others are, and each of them is there", async () => {
  const first = (await (await fetch(door.url)).json()) as Readonly<Record<string, string>>;
  const paths = Object.values(first).filter((value) => value.startsWith("/"));
  expect(paths).toContain("/openapi.json");
  for (const path of paths) expect([path, (await fetch(door.url + path, { method: "HEAD" })).status]).not.toEqual([path, 404]);
});
