import { expect, test } from "vitest";
import { wordsOf } from "./words.ts";

test.each([
  ["penguins", ["penguins"]],
  ["Fraud-Detector v2", ["fraud", "detector", "v2"]],
  ["TrainModel", ["trainmodel", "model"]],
  ["HTTPServer2Go", ["httpserver2go", "go"]],
  ["a_b.c/d:e", ["a", "b", "c", "d", "e"]],
  ["Größe ÉTÉ ﬁt", ["größe", "été", "fit"]],
  ["日本 モデル", ["日本", "モデル"]],
  ["pen pen PEN", ["pen"]],
  ["--- %_*", []],
  ["", []],
  ["x".repeat(100), ["x".repeat(64)]],
])("the words of %s", (name, words) => {
  expect(wordsOf(name)).toEqual(words);
});

test("a name has at most 24 words", () => {
  expect(wordsOf(Array.from({ length: 60 }, (_, n) => `w${n}`).join(" "))).toHaveLength(24);
});
