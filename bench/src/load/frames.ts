/** Takes the frames of HTTP/2 out of what comes, in whatever pieces. */
export function framed(heard: (kind: number, flags: number, stream: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 9) {
      const end = at + 9 + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      heard(bytes.readUInt8(at + 3), bytes.readUInt8(at + 4), bytes.readUInt32BE(at + 5) & 0x7fffffff, bytes.subarray(at + 9, end));
      at = end;
    }
    rest = bytes.subarray(at);
  };
}
