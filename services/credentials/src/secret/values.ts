import type { Sealer } from "@signalbox/runtime/crypto/seal.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { secretValueBinding } from "../sealing/bindings.ts";
import type { SecretValueRow } from "../tables.ts";

/** The most values of a secret. */
const mostValues = 64;

/** The values of a secret by name. */
export type Values = Readonly<Record<string, string>>;

/** The same rule as for names of resources: what engines would compare differently cannot be written. */
const namePattern = /^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$/u;

/** Fails with FIELD_INVALID for names of values that cannot be kept. */
export function checkValueNames(values: Values, field = "values"): void {
  if (Object.keys(values).some((name) => !namePattern.test(name))) {
    throw fieldInvalid(field, "a name has no control characters, and no space at its ends");
  }
}

export function sealValues(sealer: Sealer, workspaceId: Id, secretId: Id, values: Values): SecretValueRow[] {
  return Object.entries(values).map(([name, value]) => ({
    workspaceId,
    secretId,
    name,
    sealed: sealer.seal(Buffer.from(value), secretValueBinding(workspaceId, secretId, name)),
  }));
}

export function openValues(sealer: Sealer, rows: readonly SecretValueRow[]): Record<string, string> {
  return Object.fromEntries(rows.map((row) => [row.name, openValue(sealer, row)]));
}

const openValue = (sealer: Sealer, { workspaceId, secretId, name, sealed }: SecretValueRow): string =>
  sealer.open(sealed, secretValueBinding(workspaceId, secretId, name)).toString();

/** What a change does to the values of a secret. */
export interface ValueChange {
  /** What is new or differs. */
  readonly set: Values;
  /** What is there and is to go. */
  readonly removed: readonly string[];
  /** The names that are left, in order. */
  readonly names: readonly string[];
}

/** Compares what is asked for with what is there. Fails with FIELD_INVALID where both say something of a name, or too many are left. */
export function planValues(
  sealer: Sealer,
  held: readonly SecretValueRow[],
  { values, removeKeys, replaces }: { readonly values: Values; readonly removeKeys: readonly string[]; readonly replaces: boolean },
): ValueChange {
  const both = removeKeys.find((name) => Object.hasOwn(values, name));
  if (both !== undefined) throw fieldInvalid("remove_keys", "names a value that is set by the same request");
  const rows = new Map(held.map((row) => [row.name, row]));
  const set = Object.fromEntries(
    Object.entries(values).filter(([name, value]) => {
      const row = rows.get(name);
      return !row || openValue(sealer, row) !== value;
    }),
  );
  const going = replaces ? [...rows.keys()].filter((name) => !Object.hasOwn(values, name)) : removeKeys;
  const removed = [...new Set(going)].filter((name) => rows.has(name));
  const names = [...new Set([...rows.keys(), ...Object.keys(values)])].filter((name) => !removed.includes(name)).sort();
  if (names.length > mostValues)
    throw fieldInvalid("values", `a secret has at most ${mostValues} values, and these would be ${names.length}`);
  return { set, removed, names };
}
