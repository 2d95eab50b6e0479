/** Below every engine's limit for one statement: of bytes, and of rows with a dozen columns. */
const mostBytes = 1 << 20;

/** Rows in portions that one insert takes. */
export function* portions<R>(rows: readonly R[], bytesOf: (row: R) => number, mostRows = 1000): Generator<R[]> {
  let portion: R[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = bytesOf(row);
    if (portion.length > 0 && (bytes + size > mostBytes || portion.length === mostRows)) {
      yield portion;
      portion = [];
      bytes = 0;
    }
    portion.push(row);
    bytes += size;
  }
  if (portion.length > 0) yield portion;
}
