/** JSON as JSON.parse gives it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether nothing in a value lies deeper than so many levels. Looks no deeper than that. */
export function isWithin(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  return Object.values(value).every((inner) => isWithin(inner, levels - 1));
}

/** The same text for values that JSON Schema calls equal: names in order, numbers as numbers. */
export function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] as JsonValue)}`).join()}}`;
}

/** The JSON pointer of what lies in another value. */
export const pointerTo = (within: string, key: string | number): string =>
  `${within}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
