import type { Fault, Schema } from "./check.ts";
import { isWithin, type JsonObject, type JsonValue, pointerTo } from "./json.ts";
import { rules } from "./rules.ts";

const mostLevels = 64;
/** How many schemas may be applied within each other: one that refers to itself would go on for ever. */
const mostNested = 128;
/** About how often something may be looked at: alternatives within alternatives double with each level. */
const mostWork = 50_000;

/** Why a value does not satisfy a schema; undefined where it does. It takes bounded time and memory, whatever the schema says. */
export function faultIn(schema: Schema, value: JsonValue): Fault | undefined {
  if (!isWithin(value, mostLevels)) return { pointer: "", rule: "depth", message: `is nested deeper than ${mostLevels} levels` };
  let work = 0;
  const spend = (more: number) => {
    work += more;
    if (work > mostWork) throw new Endless();
  };

  function apply(part: JsonValue | undefined, value: JsonValue, pointer: string, nested: number): Fault | undefined {
    spend(1);
    if (nested > mostNested) throw new Endless();
    if (part === false) return { pointer, rule: "false", message: "is not allowed here" };
    if (part === true || part === undefined) return undefined;
    for (const [keyword, argument] of Object.entries(part as JsonObject)) {
      const rule = Object.hasOwn(rules, keyword) ? rules[keyword] : undefined;
      const fault = rule?.(argument, value, {
        schema: part as JsonObject,
        apply: (inner, value, key) => apply(inner, value, key === undefined ? pointer : pointerTo(pointer, key), nested + 1),
        follow: (to, value) => apply(schema.get(to), value, pointer, nested + 1),
        satisfies: (inner, value) => apply(inner, value, pointer, nested + 1) === undefined,
        fail: (message) => ({ pointer, rule: keyword, message }),
        spend,
      });
      if (fault) return fault;
    }
    return undefined;
  }

  try {
    return apply(schema.get(""), value, "", 0);
  } catch (end) {
    if (end instanceof Endless) return { pointer: "", rule: "work", message: "takes more work to check than it may" };
    throw end;
  }
}

class Endless extends Error {}
