import { expect, test } from "vitest";
import { isAtLeast, parseVersion } from "./binary.ts";

test.each([
  ["postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", [15, 18]],
  ["postgres (PostgreSQL) 18beta2", [18, 0]],
  ["/opt/mariadb-9/bin/mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64", [10, 11]],
  ["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", [7, 0]],
  ["command not found", [0, 0]],
] as const)("%s", (text, version) => {
  expect(parseVersion(text)).toEqual(version);
});

test("10.6 is older than 10.11, and 11.0 is newer than both", () => {
  expect(isAtLeast([10, 6], [10, 11])).toBe(false);
  expect(isAtLeast([11, 0], [10, 11])).toBe(true);
  expect(isAtLeast([10, 11], [10, 6])).toBe(true);
});
