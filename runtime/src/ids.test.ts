import { expect, test } from "vitest";
import { idWithin, newId, toId, toUuid } from "./ids.ts";

test("an id is read and written as a UUID, in either case and without dashes", () => {
  for (const id of Array.from({ length: 1_000 }, newId)) {
    const uuid = toUuid(id);
    expect(uuid).toBe(id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"));
    for (const text of [uuid, uuid.toUpperCase(), uuid.replaceAll("-", "")]) expect(toId(text).equals(id)).toBe(true);
  }
});

test("ids are of version 7, differ and sort as they were made", () => {
  const ids = Array.from({ length: 5_000 }, newId);
  const uuids = ids.map(toUuid);
  expect(new Set(uuids).size).toBe(ids.length);
  expect(uuids.every((uuid) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid))).toBe(true);
  const times = uuids.map((uuid) => uuid.slice(0, 18));
  expect(times).toEqual(times.toSorted());
  expect(new Set(uuids.map((uuid) => uuid.slice(24))).size).toBe(ids.length);
});

test.each(["", "g".repeat(36), "0190f5c8-0000-7000-8000-00000000000g", "0190f5c8-0000-7000-8000-é0000000000"])(
  "%j is the id of nothing",
  (text) => {
    expect(toId(text)).not.toHaveLength(16);
  },
);

test("an id within another is of version 5, as everybody makes them", () => {
  const dns = toId("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  expect(toUuid(idWithin(dns, "www.example.com"))).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
});
