import { randomBytes } from "node:crypto";
import { systemClock } from "./clock.ts";

/** A UUID as the database keeps it: 16 bytes, which sort by time of creation where the code made them. */
export type Id = Buffer;

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a reference is an id rather than a name. */
export const isUuid = (text: string): boolean => text.length === 36 && pattern.test(text);

/** A new UUIDv7: 48 bits of milliseconds, then 12 bits of the fraction, so that ids of one process sort as made. */
export function newId(): Id {
  const id = randomBytes(16);
  const now = systemClock();
  const millis = Math.floor(now / 1000);
  const fraction = Math.floor(((now % 1000) / 1000) * 4096);
  id.writeUIntBE(millis, 0, 6);
  id.writeUInt16BE(0x7000 | fraction, 6);
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
  return id;
}

/** The id that a UUID's text stands for. */
export function toId(uuid: string): Id {
  return Buffer.from(
    uuid.length === 36 ? uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24) : uuid,
    "hex",
  );
}

/** An id as people and the contract write it. */
export function toUuid(id: Uint8Array): string {
  const hex = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The id that stands for "none" in a unique or sortable column, where null would not compare alike everywhere. */
export const noId: Id = Buffer.alloc(16);
