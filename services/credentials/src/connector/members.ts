/** A member of a JSON object as its text spells it. */
interface Member {
  readonly name: string;
  readonly source: string;
}

/** The members of a JSON object in the order of its text, which JSON.parse does not keep. The text is one of an object. */
function membersOf(text: string): Member[] {
  const members: Member[] = [];
  let [depth, start, quoted] = [0, 0, false];
  const take = (end: number) => {
    const source = text.slice(start, end);
    const name = /^\s*("(?:[^"\\]|\\.)*")/.exec(source)?.[1];
    if (name !== undefined) members.push({ name: JSON.parse(name) as string, source });
    start = end + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (quoted) at += character === "\\" ? 1 : 0;
    else if (character === "{" || character === "[") {
      if (++depth === 1) start = at + 1;
    } else if (character === "}" || character === "]") {
      if (--depth === 0) take(at);
    } else if (character === "," && depth === 1) take(at);
  }
  return members;
}

/** The text of a JSON object without these members. The others stay byte for byte, and in their order. */
export function withoutMembers(text: string, names: ReadonlySet<string>): string {
  const members = membersOf(text);
  const kept = members.filter(({ name }) => !names.has(name));
  return kept.length === members.length ? text : `{${kept.map(({ source }) => source).join(",")}}`;
}
