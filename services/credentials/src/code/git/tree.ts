import { tooLarge } from "../../outbound/send.ts";
import { providerRefused } from "../../provider/failure.ts";
import { type GitObject, PackUnreadable } from "./pack.ts";
import { isSafeName, staysInside } from "./path.ts";

export interface TreeEntry {
  readonly path: string;
  readonly kind: "file" | "program" | "link" | "folder";
  /** What a file holds, or where a link leads; nothing in a folder. */
  readonly body: Buffer;
}

export interface TreeBounds {
  readonly entries: number;
  readonly depth: number;
  /** Of all files and their paths together: one object may stand at many of them. */
  readonly bytes: number;
}

type Objects = ReadonlyMap<string, GitObject>;

const nothing = Buffer.alloc(0);
const linkMode = "120000";
/** No file system takes a longer one. */
const mostName = 256;

/** What a tree holds, folders before what is in them. A submodule is an empty folder; a link that leads out is a file that says where to. */
export function entriesOf(objects: Objects, root: string, idLength: number, bounds: TreeBounds): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  let left = bounds.bytes;
  const add = (entry: TreeEntry) => {
    left -= entry.body.length + entry.path.length;
    if (entries.push(entry) > bounds.entries || left < 0) throw tooLarge(bounds.bytes);
  };
  const walk = (tree: string, folder: string, depth: number) => {
    if (depth > bounds.depth) throw tooLarge(bounds.bytes);
    for (const { mode, name, id } of rowsOf(bodyOf(objects, tree, "tree"), idLength)) {
      const path = `${folder}${name}`;
      if (mode === "40000" || mode === "160000") {
        add({ path, kind: "folder", body: nothing });
        if (mode === "40000") walk(id, `${path}/`, depth + 1);
      } else {
        const body = bodyOf(objects, id, "blob");
        add({ path, kind: kindOf(mode, body, depth), body });
      }
    }
  };
  walk(root, "", 0);
  return entries;
}

function kindOf(mode: string, body: Buffer, depth: number): TreeEntry["kind"] {
  if (mode === linkMode) return body.length <= mostTarget && staysInside(textOf(body) ?? "", depth) ? "link" : "file";
  if (!/^100[0-7]{3}$/.test(mode)) throw new PackUnreadable("a mode of nothing");
  return mode === "100755" ? "program" : "file";
}

const mostTarget = 4096;

interface Row {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

function* rowsOf(tree: Buffer, idLength: number): Iterable<Row> {
  const links = new Map<string, boolean>();
  for (let at = 0; at < tree.length; ) {
    const space = tree.indexOf(0x20, at);
    const end = tree.indexOf(0, space);
    if (space < 0 || space - at > linkMode.length || end < 0 || end + 1 + idLength > tree.length)
      throw new PackUnreadable("a tree that is cut off");
    const name = textOf(tree.subarray(space + 1, end));
    if (name === undefined || end - space > mostName || !isSafeName(name)) throw providerRefused("git", "path_unsafe");
    const mode = tree.toString("latin1", at, space).replace(/^0+/, "");
    const isLink = mode === linkMode;
    const folded = name.normalize("NFC").toLowerCase();
    // Two names may be one where they are unpacked: a link, and a folder to unpack through it.
    if (links.has(folded) && (isLink || links.get(folded))) throw providerRefused("git", "path_unsafe");
    links.set(folded, isLink);
    yield { mode, name, id: tree.toString("hex", end + 1, end + 1 + idLength) };
    at = end + 1 + idLength;
  }
}

export function bodyOf(objects: Objects, id: string, kind: GitObject["kind"]): Buffer {
  const object = objects.get(id);
  if (object?.kind !== kind) throw new PackUnreadable(`no such ${kind}`);
  return object.body;
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
