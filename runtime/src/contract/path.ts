/** The value at a path such as "scope.project" as the contract spells it; undefined where something on the way is unset. */
export function valueAt(message: object, path: string): unknown {
  let value: unknown = message;
  for (const part of path.split(".")) {
    if (Array.isArray(value)) value = value[0];
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[localName(part)];
  }
  return value;
}

/** The text at a path; empty where there is none. */
export function textAt(message: object, path: string): string {
  const value = valueAt(message, path);
  return typeof value === "string" ? value : "";
}

const localName = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
