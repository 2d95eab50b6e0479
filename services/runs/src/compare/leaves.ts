import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";

/** Something that is shown beside the same of other runs. */
export interface Cell {
  /** Equal for what is equal. */
  readonly key: string;
  readonly leaf: Leaf;
  /** The UUID of the artifact version, where it is one. */
  readonly artifactVersion?: string;
}

/** A plain value, JSON, or a value as it was logged. */
type Leaf = string | number | boolean | { readonly json: string } | (() => Value);

/** What is in one run, by path. */
export type Cells = ReadonlyMap<string, Cell>;

/** The leaves of a document by JSON pointer. Lists are leaves: an item more would move all that follow. */
export function leavesOf(text: string): Map<string, Cell> {
  const found = new Map<string, Cell>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
      for (const [name, inner] of Object.entries(value)) visit(inner, `${path}/${escaped(name)}`);
    } else found.set(path, cellOf(value));
  };
  visit(parsed(text), "");
  return found;
}

/** Numbers that JavaScript would round are kept as they are spelled. */
const parsed = (text: string): unknown => (/\d{16}/.test(text) ? JSON.parse(text, asSpelled) : JSON.parse(text));

function asSpelled(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === "number" && source !== undefined && source !== String(value) && /\d{16}/.test(source) ? source : value;
}

const escaped = (name: string) => (/[~/]/.test(name) ? name.replaceAll("~", "~0").replaceAll("/", "~1") : name);

/** A value of JSON, whatever the order of its members. */
function cellOf(value: unknown): Cell {
  if (typeof value === "object") {
    const json = JSON.stringify(value, sorted);
    return { key: json, leaf: { json } };
  }
  return plainCell(value as string | number | boolean);
}

export const plainCell = (value: string | number | boolean): Cell => ({ key: `${typeof value} ${value}`, leaf: value });

const sorted = (_name: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

const mostCharacters = 1000;
const cut = (text: string) => (text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text);
const textOf = (text: string) => ({ kind: { case: "text", value: cut(text) } }) as const;

/** A leaf as it is shown: what is long is cut, and then a text. */
export function shown(leaf: Leaf): MessageInitShape<typeof ValueSchema> {
  if (typeof leaf === "function") return shownValue(leaf());
  if (typeof leaf === "string") return textOf(leaf);
  if (typeof leaf === "boolean") return { kind: { case: "flag", value: leaf } };
  if (typeof leaf === "number") {
    return { kind: Number.isSafeInteger(leaf) ? { case: "integer", value: BigInt(leaf) } : { case: "number", value: leaf } };
  }
  return leaf.json.length > mostCharacters ? textOf(leaf.json) : { kind: { case: "json", value: { text: leaf.json } } };
}

function shownValue(value: Value): MessageInitShape<typeof ValueSchema> {
  const { kind } = value;
  if (kind.case === "text") return textOf(kind.value);
  if (kind.case === "json") return shown({ json: kind.value.text });
  if (kind.case === "texts" || kind.case === "numbers") {
    const json = JSON.stringify(kind.value.items);
    return json.length > mostCharacters ? textOf(json) : value;
  }
  return value;
}
