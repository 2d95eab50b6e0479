/**
 * The patterns of the contract, run by V8 instead of protovalidate's own
 * engine, which takes as long as all the rest of validation. They are RE2's,
 * and mean the same here as long as they keep to what is common: the engine's
 * protection against patterns that explode is for those of strangers.
 */
export const matches = (pattern: string, text: string): boolean => regexOf(pattern).test(text);

/** A pattern of the contract as V8 runs it. Fails for one that would mean something else there. */
export function regexOf(pattern: string): RegExp {
  let compiled = known.get(pattern);
  if (!compiled) {
    compiled = new RegExp(translated(pattern), "u");
    known.set(pattern, compiled);
  }
  return compiled;
}

const known = new Map<string, RegExp>();

// What RE2 calls a space: JavaScript takes in those of all of Unicode.
const space = "\\t\\n\\f\\r ";

/** Fails for what would mean something else in JavaScript. */
function translated(pattern: string): string {
  const outsideClasses = pattern.replace(/\[[^\]]*\]/g, "");
  if (/\\(?!\.)/.test(outsideClasses) || /\\(?![sp.])/.test(pattern)) throw new Error(`the pattern ${pattern} is not understood`);
  return pattern.replaceAll("\\s", space);
}
