import { assertJson, nameOf } from "../canonical.ts";
import { misuse } from "../errors.ts";

/** A value as bytes, and what reads them. */
export interface Serialized {
  readonly bytes: Uint8Array;
  readonly serializer: string;
  /** The type that the value has in code, such as "Float64Array". */
  readonly dataType: string;
  /** How many items it holds; absent where that means nothing. */
  readonly itemCount?: number | undefined;
}

type TypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | BigInt64Array
  | BigUint64Array;

const typedArrays = {
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  BigInt64Array,
  BigUint64Array,
};

/** Typed arrays are kept as this processor has them, which is little-endian wherever Node runs but on s390x. */
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Turns a value into bytes: text as UTF-8, bytes as they are, typed arrays
 * little-endian, and everything that survives JSON as JSON. Fails with MISUSE,
 * naming the place, for anything else.
 */
export function serialize(name: string, value: unknown): Serialized {
  if (typeof value === "string") return { bytes: Buffer.from(value, "utf8"), serializer: "text", dataType: "string" };
  if (value instanceof Uint8Array) return { bytes: Uint8Array.from(value), serializer: "bytes", dataType: "Uint8Array" };
  if (isTypedArray(value)) {
    if (!littleEndian) throw misuse(`"${name}" is ${nameOf(value)}, which is not saved on a big-endian machine`);
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
    return { bytes, serializer: "typed-array", dataType: value.constructor.name, itemCount: value.length };
  }
  try {
    assertJson(value, `"${name}"`);
  } catch (error) {
    throw misuse(`${(error as Error).message}. Artifacts are JSON, text, bytes or typed arrays: turn it into one of these first`);
  }
  const itemCount = Array.isArray(value) ? value.length : undefined;
  const dataType = Array.isArray(value) ? "Array" : typeof value;
  return { bytes: Buffer.from(JSON.stringify(value), "utf8"), serializer: "json", dataType, itemCount };
}

/** The value that some bytes stand for. Fails with MISUSE where this SDK has no reader for them. */
export function deserialize({ bytes, serializer, dataType }: Pick<Serialized, "bytes" | "serializer" | "dataType">): unknown {
  switch (serializer) {
    case "text":
      return Buffer.from(bytes).toString("utf8");
    case "bytes":
      return Uint8Array.from(bytes);
    case "json":
      return JSON.parse(Buffer.from(bytes).toString("utf8"));
    case "typed-array":
      if (dataType in typedArrays) {
        const TypedArray = typedArrays[dataType as keyof typeof typedArrays];
        return new TypedArray(Uint8Array.from(bytes).buffer);
      }
  }
  throw misuse(`there is no reader for serializer "${serializer}" of ${dataType || "an unknown type"}; read the bytes with the store`);
}

const isTypedArray = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && Object.hasOwn(typedArrays, value.constructor.name);
