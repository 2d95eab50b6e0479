import { expect, test } from "vitest";
import { checkUri } from "./uri.ts";

test.each([
  "s3://bucket/a/b.parquet",
  "gs://bucket/folder/",
  "file:///home/me/data.json",
  "file:relative.json",
  "https://example.org/a?x=1&y=2#frag",
  "urn:isbn:0451450523",
  "/home/me/stores/4f2a/model output",
  "stores/4f2a/model.pkl",
  "C:\\\\stores\\\\model.pkl",
  "s3://bucket/a..b/...c/100%25.csv",
  "s3://bucket/100%.csv",
  "s3://bucket/with%20space/mail@example.org",
])("%s is a pointer", (uri) => {
  expect(() => checkUri(uri, "uri")).not.toThrow();
});

test.each([
  ["https://user:secret@example.org/x", "user or password"],
  ["https://token@example.org/x", "user or password"],
  ["https:\\\\user:secret@example.org", "user or password"],
  ["https://user%40x/y", "user or password"],
  ["s3://bucket/../other", '".."'],
  ["s3://bucket/a/..", '".."'],
  ["s3://bucket/%2e%2e/other", '".."'],
  ["s3://bucket/%2E./other", '".."'],
  ["s3://bucket/a%2f..%2fb", '".."'],
  ["s3://bucket/a\\..\\b", '".."'],
  ["s3://bucket/%252e%252e/b", '".."'],
  ["s3://bucket/%25252e%25252e/b", '".."'],
  ["file:../secret", '".."'],
  ["s3://bucket/a%00b", "U+0000"],
  ["https://bucket.s3.amazonaws.com/k?X-Amz-Signature=abc", "x-amz-signature"],
  ["https://account.blob.core.windows.net/c/b?sv=1&sig=abc", '"sig"'],
  ["javascript:alert(1)", "points at nothing"],
  ["data:text/plain,hello", "points at nothing"],
  ["/data/../secret", '".."'],
  ["\\\\user:secret@host\\share", "user or password"],
])("%s is refused: %s", (uri, why) => {
  expect(() => checkUri(uri, "versions[0].uri")).toThrow(why);
});
