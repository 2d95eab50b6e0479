/** What file systems ignore in a name, so that another name means the same (HFS+). */
const ignored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Whether a name in a tree is one for whoever unpacks it, on any system: git itself refuses what leads elsewhere or into a repository's
 * own folder, and so does this.
 */
export function isSafeName(name: string): boolean {
  if (name === "" || name === "." || name === ".." || /[/\\\p{Cc}]/u.test(name)) return false;
  return !/^(?:\.git|git~\d+)[ .]*(?::.*)?$/i.test(name.replace(ignored, ""));
}

/**
 * Whether a link in a folder so many folders deep stays in the tree: it may go up first and down then. A way up after one down may lead
 * out by another link.
 */
export function staysInside(target: string, depth: number): boolean {
  if (target === "" || /^\/|[\\\p{Cc}:]/u.test(target)) return false;
  const segments = target.split("/");
  const down = segments.findIndex((segment) => segment !== "..");
  const up = down < 0 ? segments.length : down;
  return up <= depth && segments.slice(up).every((segment) => segment === "." || segment === "" || isSafeName(segment));
}
