import type { TreeEntry } from "./tree.ts";

const block = 512;
const modes = { file: 0o644, program: 0o755, link: 0o777, folder: 0o755 } as const;
const types = { file: "0", program: "0", link: "2", folder: "5" } as const;

/** A tar of POSIX.1-2001 (pax) with all entries below one folder, all of one time in seconds: the same tree makes the same tar. */
export function* tarOf(entries: readonly TreeEntry[], folder: string, seconds: number): Iterable<Buffer> {
  yield header(`${folder}/`, { type: types.folder, mode: modes.folder, size: 0, seconds });
  for (const { path, kind, body } of entries) {
    const name = `${folder}/${path}${kind === "folder" ? "/" : ""}`;
    const target = kind === "link" ? body.toString("utf8") : "";
    const further = (fits(name) ? "" : record("path", name)) + (fits(target) ? "" : record("linkpath", target));
    if (further !== "") {
      const told = Buffer.from(further);
      yield header("pax", { type: "x", mode: modes.file, size: told.length, seconds });
      yield* padded(told);
    }
    const held = kind === "link" ? 0 : body.length;
    const short = fits(name) ? name : "long";
    yield header(short, { type: types[kind], mode: modes[kind], size: held, seconds, target: fits(target) ? target : "long" });
    if (held > 0) yield* padded(body);
  }
  yield Buffer.alloc(2 * block);
}

/** Whether a header has room for a text, and all programs read it alike. */
const fits = (text: string): boolean => /^[\x20-\x7e]{0,100}$/.test(text);

/** A record of a pax header begins with its own length, whose digits count too. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const size = Buffer.byteLength(rest);
  const length = [1, 2, 3, 4, 5].map((digits) => size + digits).find((each, index) => String(each).length === index + 1);
  return `${length}${rest}`;
}

function* padded(body: Buffer): Iterable<Buffer> {
  yield body;
  if (body.length % block > 0) yield Buffer.alloc(block - (body.length % block));
}

interface Head {
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly seconds: number;
  readonly target?: string;
}

function header(name: string, { type, mode, size, seconds, target = "" }: Head): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number) => bytes.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at);
  bytes.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(seconds, 136, 12);
  bytes.write("        ", 148);
  bytes.write(type, 156);
  bytes.write(target, 157);
  bytes.write("ustar\x0000", 257);
  bytes.write(
    `${bytes
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return bytes;
}
