import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { inflateSync } from "node:zlib";
import { tooLarge } from "../../outbound/send.ts";
import { applyDelta, madeSize, numberAt } from "./delta.ts";

export interface GitObject {
  readonly kind: "commit" | "tree" | "blob" | "tag";
  readonly body: Buffer;
}

/** What a pack is good for; whoever wrote it may mean harm. */
export interface PackBounds {
  readonly objects: number;
  /** Of all objects together, deltas and what they make alike, when they are unpacked. */
  readonly bytes: number;
}

export class PackUnreadable extends Error {}

const kinds: readonly (GitObject["kind"] | undefined)[] = [undefined, "commit", "tree", "blob", "tag"];
const refDelta = 7;
const headLength = 12;
/** Others have their turn between so many objects. */
const objectsInATurn = 64;
const leastChunk = 64;
const mostChunk = 64 * 1024;

/**
 * The objects of a pack (gitformat-pack(5)) by their ids, which are reckoned from what they hold. Memory is taken for what an object says
 * of itself only as far as the bounds go, and never more is inflated than it said.
 */
export async function objectsOf(pack: Buffer, hash: "sha1" | "sha256", bounds: PackBounds): Promise<ReadonlyMap<string, GitObject>> {
  const idLength = hash === "sha1" ? 20 : 32;
  const end = pack.length - idLength;
  if (end < headLength || pack.toString("latin1", 0, 4) !== "PACK" || pack.readUInt32BE(4) !== 2) throw new PackUnreadable("no pack");
  if (!createHash(hash).update(pack.subarray(0, end)).digest().equals(pack.subarray(end))) throw new PackUnreadable("another checksum");
  const count = pack.readUInt32BE(8);
  if (count > bounds.objects) throw tooLarge(bounds.bytes);

  const objects = new Map<string, GitObject>();
  const waiting = new Map<string, Buffer[]>();
  let left = bounds.bytes;
  const take = (size: number) => {
    left -= size;
    if (left < 0) throw tooLarge(bounds.bytes);
  };
  const keep = (object: GitObject) => {
    const id = createHash(hash).update(`${object.kind} ${object.body.length}\0`).update(object.body).digest("hex");
    objects.set(id, object);
    return id;
  };
  /** Keeps an object, and what was waiting for it, and for that. */
  const settle = async (first: GitObject) => {
    const ready = [first];
    for (let object = ready.pop(), done = 1; object; object = ready.pop(), done++) {
      const id = keep(object);
      for (const delta of waiting.get(id) ?? []) ready.push(made(object, delta));
      waiting.delete(id);
      if (done % objectsInATurn === 0) await turn();
    }
  };
  const made = ({ kind, body }: GitObject, delta: Buffer): GitObject => {
    take(madeSize(delta) ?? 0);
    const result = applyDelta(body, delta);
    if (!result) throw new PackUnreadable("a delta of something else");
    return { kind, body: result };
  };

  let at = headLength;
  for (let index = 0; index < count; index++) {
    if (index % objectsInATurn === 0) await turn();
    const type = ((pack[at] ?? 0) >> 4) & 7;
    const head = sizeAt(pack.subarray(0, end), at);
    if (!head) throw new PackUnreadable("an object without a size");
    take(head.value);
    const start = head.next + (type === refDelta ? idLength : 0);
    const { body, length } = inflated(pack.subarray(start, end), head.value);
    at = start + length;
    const kind = kinds[type];
    if (kind) await settle({ kind, body });
    else if (type === refDelta) {
      const base = pack.toString("hex", head.next, start);
      const known = objects.get(base);
      if (known) await settle(made(known, body));
      else if (!waiting.get(base)?.push(body)) waiting.set(base, [body]);
    } else throw new PackUnreadable("an object of no kind that was asked for");
  }
  if (at !== end || waiting.size > 0) throw new PackUnreadable("objects without an end or a base");
  return objects;
}

/** The size of an object: four bits beside its type, then groups of seven. */
function sizeAt(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  const byte = bytes[at];
  if (byte === undefined) return undefined;
  return byte < 0x80 ? { value: byte & 0x0f, next: at + 1 } : numberAt(bytes, at + 1, { value: byte & 0x0f, factor: 16 });
}

function inflated(bytes: Buffer, size: number): { readonly body: Buffer; readonly length: number } {
  try {
    // What is inflated keeps its whole chunk in memory.
    const chunkSize = Math.min(Math.max(size, leastChunk), mostChunk);
    // With `info` it tells how much it took; the types do not know of that.
    const { buffer, engine } = inflateSync(bytes, { maxOutputLength: Math.max(size, 1), chunkSize, info: true }) as unknown as Inflated;
    if (buffer.length === size) return { body: buffer, length: engine.bytesWritten };
  } catch (cause) {
    throw new PackUnreadable("an object that does not inflate", { cause });
  }
  throw new PackUnreadable("an object of another size");
}

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
