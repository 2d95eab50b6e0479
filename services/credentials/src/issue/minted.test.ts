import { expect, test } from "vitest";
import { dueTime, refreshTime, servedUntil } from "./minted.ts";

const minute = 60_000_000;
const lives = [
  { lifeMinutes: 60, margin: 5 },
  { lifeMinutes: 720, margin: 5 },
  { lifeMinutes: 15, margin: 5 },
  { lifeMinutes: 9, margin: 3 },
  { lifeMinutes: 0.5, margin: 1 / 6 },
  { lifeMinutes: 0, margin: 0 },
];

test.each(lives)("a life of $lifeMinutes minutes is served until $margin minutes before its end", ({ lifeMinutes, margin }) => {
  const life = { issueTime: 1_000, expireTime: 1_000 + lifeMinutes * minute };
  expect(servedUntil(life)).toBe(life.expireTime - margin * minute);
  expect(dueTime(life)).toBeLessThanOrEqual(servedUntil(life));
});

test("the next one is asked for between 60 and 80 % of its life, not at once by all", () => {
  const life = { issueTime: 0, expireTime: 100 * minute };
  const times = Array.from({ length: 200 }, () => refreshTime(life, 0));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(60 * minute);
  expect(Math.max(...times)).toBeLessThan(80 * minute);
  expect(new Set(times).size).toBeGreaterThan(150);
  expect(times.every((time) => time >= dueTime(life))).toBe(true);
});

test("one that could not be replaced in time is asked about soon, and before it is served no more", () => {
  const life = { issueTime: 0, expireTime: 60 * minute };
  const soon = refreshTime(life, 50 * minute);
  expect(soon).toBeGreaterThanOrEqual(50.5 * minute);
  expect(soon).toBeLessThanOrEqual(51 * minute);
  expect(refreshTime(life, 54.9 * minute)).toBe(55 * minute);
  expect(refreshTime(life, 58 * minute)).toBe(58 * minute);
});
