import type { Clock } from "../clock.ts";
import type { ListField } from "../store/listing.ts";
import { instantOf } from "./instant.ts";
import { filterInvalid } from "./invalid.ts";
import type { Value } from "./tree.ts";

/** How numbers are written. */
export const numeric = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** What a column holds for a value. Fails with FILTER_INVALID where it is none of its kind. */
export function operandOf(
  field: Exclude<ListField, { kind: "member" | "fact" | "id" }>,
  name: string,
  { text, position }: Value,
  clock: Clock,
): string | number {
  switch (field.kind) {
    case "text":
      return text;
    case "int":
    case "float": {
      const number = numeric.test(text) ? Number(text) : Number.NaN;
      if (field.kind === "int" ? Number.isSafeInteger(number) : Number.isFinite(number)) return number;
      throw filterInvalid(position, `${name} is compared with ${field.kind === "int" ? "a whole number" : "a number"}`);
    }
    case "flag":
      if (text === "true" || text === "false") return Number(text === "true");
      throw filterInvalid(position, `${name} is true or false`);
    case "time": {
      const time = instantOf(text, clock);
      if (time !== undefined) return time;
      throw filterInvalid(
        position,
        `${name} is compared with a time, such as 2026-01-31T12:00:00Z or 2026-01-31, or one ago: -30m, -2h, -7d, -4w`,
      );
    }
    case "enum": {
      const wanted = text.toUpperCase();
      const found = field.enum.values.find((value) => value.localName === wanted || value.name === wanted);
      if (found) return found.number;
      const names = field.enum.values.filter(({ number }) => number !== 0).map(({ localName }) => localName);
      throw filterInvalid(position, `${name} is one of ${names.join(", ")}`);
    }
  }
}
