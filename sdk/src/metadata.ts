import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { assertJson, nameOf } from "./canonical.ts";
import { misuse } from "./errors.ts";

/** A fact: a text, number, truth value or date, a list of texts or numbers, or any JSON. */
export type MetadataValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | readonly string[]
  | readonly number[]
  | { readonly [key: string]: unknown };
export type Metadata = Readonly<Record<string, MetadataValue>>;

/** What facts are about, beside what they are logged of. */
export interface About {
  /** The UUID of a stack component. */
  readonly component?: string;
}

const maxKeys = 256;
const maxKeyLength = 255;
const maxTextBytes = 64 * 1024;
const maxJsonBytes = 256 * 1024;

type ValueInit = MessageInitShape<typeof ValueSchema>;

/** Facts as the contract has them. Fails with MISUSE, naming the key, where one cannot be kept. */
export function toValues(metadata: Metadata): Record<string, ValueInit> {
  const entries = Object.entries(metadata).filter(([, value]) => value !== undefined);
  if (entries.length > maxKeys) throw misuse(`${entries.length} facts are more than the ${maxKeys} that one call may bring`);
  return Object.fromEntries(entries.map(([key, value]) => [checkedKey(key), { kind: toKind(key, value) }]));
}

function toKind(key: string, value: MetadataValue): NonNullable<ValueInit["kind"]> {
  if (value instanceof Date) return { case: "text", value: value.toISOString() };
  if (typeof value === "boolean") return { case: "flag", value };
  if (typeof value === "bigint") return { case: "integer", value };
  if (typeof value === "string") {
    return Buffer.byteLength(value) <= maxTextBytes ? { case: "text", value } : tooLarge(key, "64 KiB of text");
  }
  if (typeof value === "number") return numberKind(key, value);
  if (isListOf<string>(value, "string") && value.length <= 1_000 && value.every((item) => item.length <= 1_024)) {
    return { case: "texts", value: { items: [...value] } };
  }
  if (isListOf<number>(value, "number") && value.length <= 10_000 && value.every(Number.isFinite)) {
    return { case: "numbers", value: { items: [...value] } };
  }
  if (typeof value !== "object" || value === null) throw misuse(`metadata "${key}" is ${nameOf(value)}, which cannot be kept`);
  assertJson(value, `metadata "${key}"`);
  const text = JSON.stringify(value);
  return Buffer.byteLength(text) <= maxJsonBytes ? { case: "json", value: { text } } : tooLarge(key, "256 KiB of JSON");
}

function numberKind(key: string, value: number): NonNullable<ValueInit["kind"]> {
  if (!Number.isFinite(value)) throw misuse(`metadata "${key}" is ${value}; numbers are finite`);
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? { case: "integer", value: BigInt(value) } : { case: "number", value };
}

const isListOf = <T>(value: unknown, type: "string" | "number"): value is readonly T[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === type);

function checkedKey(key: string): string {
  if (key.length === 0 || key.length > maxKeyLength)
    throw misuse(`a metadata key has 1 to ${maxKeyLength} characters; "${key.slice(0, 40)}" has ${key.length}`);
  return key;
}

function tooLarge(key: string, limit: string): never {
  throw misuse(`metadata "${key}" is larger than ${limit}; save it as an artifact`);
}

/** A fact as it was given; whole numbers that a double cannot hold come back as bigint, dates as text. */
export function fromValue({ kind }: Value): MetadataValue {
  switch (kind.case) {
    case "integer": {
      const number = Number(kind.value);
      return Number.isSafeInteger(number) ? number : kind.value;
    }
    case "texts":
    case "numbers":
      return kind.value.items;
    case "json":
      return JSON.parse(kind.value.text) as MetadataValue;
    case undefined:
      return "";
    default:
      return kind.value;
  }
}

export function fromValues(values: Readonly<Record<string, Value>>): Record<string, MetadataValue> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fromValue(value)]));
}
