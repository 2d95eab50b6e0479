import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampler } from "./sample.ts";

const sampled = (values: readonly number[], most: number) => {
  const sample = sampler(most);
  for (const [index, value] of values.entries()) sample.add({ index, value, time: index });
  return sample.result();
};

describe("a sample of points", () => {
  test("has every point where there is room", () => {
    expect(sampled([3, 1, 2], 3)).toEqual({
      sampled: false,
      points: [3, 1, 2].map((value, index) => ({ index, value, time: index, min: value, max: value })),
    });
  });

  test("joins neighbours where there is not", () => {
    const { points, sampled: joined } = sampled([3, 1, 2, 5], 2);
    expect(joined).toBe(true);
    expect(points).toEqual([
      { index: 1, value: 1, time: 1, min: 1, max: 3 },
      { index: 3, value: 5, time: 3, min: 2, max: 5 },
    ]);
  });

  test("keeps the extremes and the last point, and never exceeds the limit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 1, max: 20 }),
        (values, most) => {
          const { points } = sampled(values, most);
          expect(points.length).toBeLessThanOrEqual(most);
          expect(points.length).toBeGreaterThanOrEqual(Math.min(values.length, Math.ceil(most / 2)));
          expect(Math.min(...points.map(({ min }) => min))).toBe(Math.min(...values));
          expect(Math.max(...points.map(({ max }) => max))).toBe(Math.max(...values));
          expect(points.at(-1)?.index).toBe(values.length - 1);
        },
      ),
    );
  });
});
