import { expect, test } from "vitest";
import { accuracyOf, fit } from "./fit.ts";
import { clean, loadPenguins, split } from "./penguins.ts";

test("the data has 344 penguins, 11 of them with gaps", async () => {
  const rows = await loadPenguins();
  expect([rows.length, clean(rows).length]).toEqual([344, 333]);
});

test("the same seed parts the penguins and trains the weights in the same way", async () => {
  const penguins = clean(await loadPenguins());
  const { train, test: rest } = split(penguins, { share: 0.8, seed: 7 });
  expect([train.length, rest.length]).toEqual([266, 67]);
  const results = [0.1, 0.01].map((rate) => [...fit(train, { rate, epochs: 40, seed: 7 })]);
  expect(results.map((epochs) => epochs.at(-1)?.loss.toFixed(4))).toMatchInlineSnapshot(`
    [
      "0.0179",
      "0.0422",
    ]
  `);
  expect(results.map((epochs) => accuracyOf((epochs.at(-1) as (typeof epochs)[number]).weights, rest).toFixed(3))).toMatchInlineSnapshot(`
    [
      "0.985",
      "0.970",
    ]
  `);
  for (const epochs of results) expect(epochs.at(-1)?.loss).toBeLessThan((epochs[0] as (typeof epochs)[number]).loss);
});
