import { createHash, randomFillSync } from "node:crypto";
import { systemClock } from "./clock.ts";

/** A UUID as the database keeps it: 16 bytes, which sort by time of creation where the code made them. */
export type Id = Buffer;

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a reference is an id rather than a name. */
export const isUuid = (text: string): boolean => text.length === 36 && pattern.test(text);

// Random bytes are asked for by the page: each asking costs as much as forty ids.
const random = Buffer.alloc(4096);
let drawn = random.length;

/** A new UUIDv7: 48 bits of milliseconds, then 12 bits of the fraction, so that ids of one process sort as made. */
export function newId(): Id {
  if (drawn === random.length) {
    randomFillSync(random);
    drawn = 0;
  }
  const now = systemClock();
  const millis = Math.floor(now / 1000);
  const fraction = Math.floor(((now % 1000) / 1000) * 4096);
  const id = Buffer.allocUnsafe(16);
  id.writeUIntBE(millis, 0, 6);
  id.writeUInt16BE(0x7000 | fraction, 6);
  for (let at = 8; at < 16; at++) id[at] = random[drawn++] as number;
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
  return id;
}

// By hand and not by Buffer's hex: ids are read and written several times in every call.
const invalid = 0xff;
const digits = new Uint8Array(256).fill(invalid);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}
const codes = Buffer.from("0123456789abcdef");
const written = Buffer.alloc(36, "-");
/** Where the two digits of each byte stand in a UUID. */
const places = Uint8Array.from({ length: 16 }, (_, at) => 2 * at + [4, 6, 8, 10].filter((dashed) => at >= dashed).length);

/** The id that a UUID's text stands for, with or without its dashes. */
export function toId(uuid: string): Id {
  if (uuid.length !== 36) return Buffer.from(uuid, "hex");
  const id = Buffer.allocUnsafe(16);
  let seen = 0;
  for (let at = 0, from = 0; at < 16; at++, from += 2) {
    if (at === 4 || at === 6 || at === 8 || at === 10) from++;
    const high = digits[uuid.charCodeAt(from)] ?? invalid;
    const low = digits[uuid.charCodeAt(from + 1)] ?? invalid;
    id[at] = (high << 4) | low;
    seen |= high | low;
  }
  // No UUID: as much of it as is one, which is the id of nothing.
  return seen > 0xf ? Buffer.from(uuid.replaceAll("-", ""), "hex") : id;
}

/** An id as people and the contract write it. */
export function toUuid(id: Uint8Array): string {
  for (let at = 0; at < 16; at++) {
    const [byte, place] = [id[at] as number, places[at] as number];
    written[place] = codes[byte >> 4] as number;
    written[place + 1] = codes[byte & 0xf] as number;
  }
  // In one piece: put together of many it takes twice as long, and leaves as many strings behind.
  return written.toString("latin1");
}

/** The id of something by its name within another: a UUIDv5, the same whoever asks for it and whenever. */
export function idWithin(space: Id, name: string | Buffer): Id {
  const id = createHash("sha1").update(space).update(name).digest().subarray(0, 16);
  id.writeUInt8(0x50 | (id.readUInt8(6) & 0x0f), 6);
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
  return id;
}

/** The id that stands for "none" in a unique or sortable column, where null would not compare alike everywhere. */
export const noId: Id = Buffer.alloc(16);

/** Of a UUID that may be none, which its text is empty for. */
export const toIdOrNone = (uuid: string): Id => (uuid === "" ? noId : toId(uuid));
export const toUuidOrNone = (id: Id): string => (id.equals(noId) ? "" : toUuid(id));

/** A key for what a workspace has by this id or hash. */
export const keyIn = (workspace: Id, id: Buffer): string => workspace.toString("latin1") + id.toString("latin1");
