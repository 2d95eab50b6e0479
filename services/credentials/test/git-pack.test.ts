import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { objectsOf, PackUnreadable } from "../src/code/git/pack.ts";

const bounds = { objects: 10, bytes: 100_000 };

const sha1 = (body: Buffer) => createHash("sha1").update(body).digest();
const idOf = (body: Buffer) => sha1(Buffer.concat([Buffer.from(`blob ${body.length}\0`), body]));

/** An object that says it has so many bytes; fewer than 2048. */
function object(type: number, body: Buffer, { size = body.length, base = Buffer.alloc(0) } = {}): Buffer {
  return Buffer.concat([Buffer.from([0x80 | (type << 4) | (size & 15), size >> 4]), base, deflateSync(body)]);
}

function pack(objects: readonly Buffer[], count = objects.length): Buffer {
  const head = Buffer.from("PACK\0\0\0\x02\0\0\0\0");
  head.writeUInt32BE(count, 8);
  const body = Buffer.concat([head, ...objects]);
  return Buffer.concat([body, sha1(body)]);
}

const read = (bytes: Buffer) => objectsOf(bytes, "sha1", bounds);
const base = Buffer.from("0123456789");
/** Copies five bytes from the third on, and adds two. */
const delta = Buffer.from([10, 7, 0x91, 2, 5, 2, 0x61, 0x62]);

test.each(["before", "after"])("a delta makes an object of one that comes %s it", async (place) => {
  const both = [object(3, base), object(7, delta, { base: idOf(base) })];
  const made = Buffer.from("23456ab");
  const objects = await read(pack(place === "before" ? both : both.reverse()));
  expect(objects.get(idOf(made).toString("hex"))?.body.equals(made)).toBe(true);
});

test.each([
  ["inflates to more than it says", pack([object(3, Buffer.alloc(50_000_000), { size: 10 })])],
  ["inflates to less than it says", pack([object(3, base, { size: 11 })])],
  ["says it holds more than it does", pack([object(3, base)], 2)],
  ["holds more than it says", pack([object(3, base), object(3, delta)], 1)],
  ["is cut off", pack([object(3, base)]).subarray(0, 30)],
  ["changed on the way", Buffer.concat([pack([object(3, base)]).subarray(0, -1), Buffer.from([0])])],
  ["changes what is not there", pack([object(7, delta, { base: idOf(delta) })])],
  ["counts back to what it changes", pack([object(3, base), object(6, delta)])],
  ["copies from beyond the end", pack([object(3, base), object(7, Buffer.from([10, 7, 0x91, 8, 7]), { base: idOf(base) })])],
  ["makes more than it says", pack([object(3, base), object(7, Buffer.from([10, 1, 2, 1, 1]), { base: idOf(base) })])],
  ["makes less than it says", pack([object(3, base), object(7, Buffer.from([10, 9, 1, 1]), { base: idOf(base) })])],
  ["is a page", Buffer.from("<html>".repeat(20))],
])("one that %s is not read", async (_, bytes) => {
  await expect(read(bytes)).rejects.toBeInstanceOf(PackUnreadable);
});

test.each([
  ["of more objects", pack([object(3, base)], 11)],
  ["that says it is larger", pack([Buffer.from([0xbf, 0xff, 0xff, 0x7f]), deflateSync(base)], 1)],
  ["whose delta makes more", pack([object(3, base), object(7, Buffer.from([10, 0xff, 0xff, 0x7f, 0x91, 0, 5]), { base: idOf(base) })])],
])("one %s than it may is too large", async (_, bytes) => {
  await expect(read(bytes)).rejects.toMatchObject({ code: "answer_too_large" });
});
