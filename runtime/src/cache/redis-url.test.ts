import { expect, test } from "vitest";
import { parseRedisUrl } from "./redis-url.ts";

test.each([
  ["redis://cache", { kind: "node", host: "cache", port: 6379, db: 0, tls: false }],
  ["rediss://me:p%40ss@cache:7000/3", { kind: "node", host: "cache", port: 7000, db: 3, tls: true, username: "me", password: "p@ss" }],
  ["redis://:secret@[::1]:7000", { kind: "node", host: "::1", port: 7000, db: 0, tls: false, password: "secret" }],
  [
    "redis+sentinel://a,b:26380/main/2",
    {
      kind: "sentinel",
      sentinels: [
        { host: "a", port: 26379 },
        { host: "b", port: 26380 },
      ],
      master: "main",
      db: 2,
      tls: false,
    },
  ],
  [
    "rediss+cluster://:pw@a:1,b:2",
    {
      kind: "cluster",
      nodes: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
      tls: true,
      password: "pw",
    },
  ],
])("%s is understood", (url, place) => {
  expect(parseRedisUrl(url)).toEqual(place);
});

test.each(["", "cache:6379", "http://cache", "redis://", "redis://a,b", "redis://a/x", "redis://a:99999", "redis+sentinel://a,b"])(
  "%j is refused",
  (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/redis/i);
  },
);

test("a refusal never repeats the password", () => {
  expect(() => parseRedisUrl("redis://:hunter2@a,b")).toThrow(expect.not.objectContaining({ message: expect.stringContaining("hunter2") }));
});
