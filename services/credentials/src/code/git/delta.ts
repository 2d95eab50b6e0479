/** How an object is made of another one (gitformat-pack(5)). Undefined where the delta does not fit the base. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer | undefined {
  const from = numberAt(delta, 0);
  const to = from && numberAt(delta, from.next);
  if (!to || from.value !== base.length) return undefined;
  const made = Buffer.alloc(to.value);
  let size = 0;
  for (let at = to.next; at < delta.length; ) {
    const order = delta[at++] ?? 0;
    if (order === 0) return undefined;
    let [source, start, length] = [delta, at, order];
    if (order & 0x80) {
      const [offset, afterOffset] = sparse(delta, at, order, 4);
      const [told, after] = sparse(delta, afterOffset, order >> 4, 3);
      [source, start, length] = [base, offset, told || 0x10000];
      at = after;
    } else at += order;
    if (start + length > source.length || size + length > made.length) return undefined;
    size += source.copy(made, size, start, start + length);
  }
  return size === made.length ? made : undefined;
}

/** How many bytes a delta makes. */
export function madeSize(delta: Buffer): number | undefined {
  const from = numberAt(delta, 0);
  return from && numberAt(delta, from.next)?.value;
}

/** A number in groups of seven bits, the lowest first. Undefined where it does not end, or ends beyond what is safe. */
export function numberAt(bytes: Buffer, start: number, first = { value: 0, factor: 1 }): { value: number; next: number } | undefined {
  let { value, factor } = first;
  for (let at = start; at < bytes.length && factor < 2 ** 45; at++, factor *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return undefined;
}

/** A number of which only those bytes are there whose bits are set. */
function sparse(bytes: Buffer, start: number, bits: number, count: number): readonly [value: number, next: number] {
  let [value, at] = [0, start];
  for (let index = 0; index < count; index++) {
    if (bits & (1 << index)) value += (bytes[at++] ?? 0) * 256 ** index;
  }
  return [value, at];
}
