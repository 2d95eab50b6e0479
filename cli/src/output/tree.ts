/** A node and what hangs below it. */
export interface Branch {
  readonly text: string;
  readonly children: readonly Branch[];
}

/**
 * A tree as lines. A node with a single child goes on in the same line, after
 * `join`; several children get a line each.
 */
export function treeLines(branch: Branch, join: string): string[] {
  let text = branch.text;
  let end = branch;
  while (end.children.length === 1 && end.children[0]) {
    end = end.children[0];
    text += join + end.text;
  }
  const below = end.children.flatMap((child, index) => {
    const last = index === end.children.length - 1;
    const [first = "", ...rest] = treeLines(child, join);
    return [`${last ? "└─" : "├─"} ${first}`, ...rest.map((line) => `${last ? "  " : "│ "} ${line}`)];
  });
  return [text, ...below];
}
