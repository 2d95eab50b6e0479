import { describe, expect, test } from "vitest";
import { contains, readS3Resource, type S3Resource, spell } from "./s3-resource.ts";
import { mostPolicyLength, sessionPolicy } from "./session-policy.ts";

const read = (text: string) => readS3Resource(text) as S3Resource;

describe("an S3 resource", () => {
  test.each([
    ["s3://data", "data", ""],
    ["s3://data/", "data", ""],
    ["s3://data/raw", "data", "raw"],
    ["s3://data/raw/2026/", "data", "raw/2026"],
  ])("%s is read", (text, bucket, prefix) => {
    expect(readS3Resource(text)).toEqual({ bucket, prefix });
    expect(spell(read(text))).toBe(prefix === "" ? "s3://data" : `s3://data/${prefix}`);
  });

  test.each([
    "gs://data",
    "docker://registry",
    "s3://",
    "s3://Data",
    "s3://a",
    "s3://data*",
    "s3://data/*",
    "s3://data/a?",
    "s3://data/a$b",
    "s3://data//a",
    "s3://data/../b",
    "s3://data/./b",
  ])("%s is refused in words", (text) => {
    expect(readS3Resource(text)).toBeTypeOf("string");
  });

  test.each([
    ["s3://data", "s3://data/raw", true],
    ["s3://data/raw", "s3://data/raw", true],
    ["s3://data/raw", "s3://data/raw/2026", true],
    ["s3://data/raw", "s3://data/rawer", false],
    ["s3://data/raw", "s3://data", false],
    ["s3://data", "s3://data-2", false],
  ])("%s contains %s: %s", (outer, inner, expected) => {
    expect(contains(read(outer), read(inner))).toBe(expected);
  });
});

describe("a session policy", () => {
  const statements = (...resources: string[]) => JSON.parse(sessionPolicy(resources.map(read), "aws")).Statement;

  test("allows the objects under a prefix, and to list nothing else", () => {
    const [objects, list] = statements("s3://data/raw");
    expect(objects.Resource).toEqual(["arn:aws:s3:::data/raw", "arn:aws:s3:::data/raw/*"]);
    expect(list).toMatchObject({ Resource: "arn:aws:s3:::data", Condition: { StringLike: { "s3:prefix": ["raw", "raw/*"] } } });
  });

  test("allows a whole bucket without a condition", () => {
    const [objects, list] = statements("s3://data");
    expect(objects.Resource).toEqual(["arn:aws:s3:::data/*"]);
    expect(list.Condition).toBeUndefined();
  });

  test("keeps the prefixes of one bucket out of the lists of another", () => {
    const [, first, second] = statements("s3://one/a", "s3://two/b");
    expect(first).toMatchObject({ Resource: "arn:aws:s3:::one", Condition: { StringLike: { "s3:prefix": ["a", "a/*"] } } });
    expect(second).toMatchObject({ Resource: "arn:aws:s3:::two", Condition: { StringLike: { "s3:prefix": ["b", "b/*"] } } });
  });

  test("names the partition of the role", () => {
    expect(sessionPolicy([read("s3://data")], "aws-cn")).toContain("arn:aws-cn:s3:::data/*");
  });

  test("fits into what STS takes for the longest resource", () => {
    const longest = `s3://${"b".repeat(63)}/${"p".repeat(255 - 69)}`;
    expect(longest).toHaveLength(255);
    expect(sessionPolicy([read(longest)], "aws-us-gov").length).toBeLessThanOrEqual(mostPolicyLength);
  });
});
