import { expect, test } from "vitest";
import { targetOf } from "./target.ts";

test.each([
  ["127.0.0.1:4317", "127.0.0.1", [{ host: "127.0.0.1", port: 4317 }]],
  ["dns:///127.0.0.1:4317", "127.0.0.1", [{ host: "127.0.0.1", port: 4317 }]],
  ["[::1]:4317", "::1", [{ host: "::1", port: 4317 }]],
  [
    "ipv4:10.0.0.1:1,10.0.0.2:2",
    "10.0.0.1",
    [
      { host: "10.0.0.1", port: 1 },
      { host: "10.0.0.2", port: 2 },
    ],
  ],
  ["ipv6:[::1]:1", "::1", [{ host: "::1", port: 1 }]],
])("%s is understood", async (configured, name, addresses) => {
  const target = targetOf(configured);
  expect(target.name).toBe(name);
  expect(await target.resolve()).toEqual(addresses);
});

test.each(["runs", "dns:///runs", "dns://10.0.0.1/runs:1", "http://runs:1", "ipv4:10.0.0.1"])("%s is refused", (configured) => {
  expect(() => targetOf(configured)).toThrow("does not say where a service is");
});
