import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { joined } from "./joined.ts";

test("those who ask in one turn share a load, and it begins after all of them asked", async () => {
  let value = "before";
  let loads = 0;
  const ask = joined<string>();
  const load = async () => {
    loads += 1;
    return value;
  };
  const first = ask("a", load);
  value = "after";
  const second = ask("a", load);
  expect(await Promise.all([first, second])).toEqual(["after", "after"]);
  expect(loads).toBe(1);
});

test("who asks while a load runs is given a load of their own", async () => {
  const ask = joined<number>();
  const landed = Promise.withResolvers<number>();
  const early = ask("a", () => landed.promise);
  await turn();
  await turn();
  expect(await ask("a", async () => 2)).toBe(2);
  landed.resolve(1);
  expect(await early).toBe(1);
});

test("keys have loads of their own, and a failure reaches all who share it and nobody after", async () => {
  const ask = joined<string>();
  const broken = async () => {
    throw new Error("down");
  };
  const asked = [ask("a", broken), ask("a", broken), ask("b", async () => "fine")];
  expect(await Promise.allSettled(asked)).toMatchObject([{ status: "rejected" }, { status: "rejected" }, { value: "fine" }]);
  expect(await ask("a", async () => "again")).toBe("again");
});
