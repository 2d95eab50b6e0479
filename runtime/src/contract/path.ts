/** The value at a path such as "scope.project" as the contract spells it; undefined where something on the way is unset. */
export function valueAt(message: object, path: string): unknown {
  let value: unknown = message;
  for (const name of localNames(path)) {
    if (Array.isArray(value)) value = value[0];
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The text at a path; empty where there is none. */
export function textAt(message: object, path: string): string {
  const value = valueAt(message, path);
  return typeof value === "string" ? value : "";
}

// As many as the contract has, and every call asks.
const read = new Map<string, readonly string[]>();

function localNames(path: string): readonly string[] {
  let names = read.get(path);
  if (!names) {
    names = path.split(".").map(localName);
    read.set(path, names);
  }
  return names;
}

const localName = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
