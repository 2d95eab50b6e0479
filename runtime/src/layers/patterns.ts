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

const inWords: Readonly<Record<string, string>> = {
  "^[^\\s\\p{Cc}]([^\\p{Cc}]*[^\\s\\p{Cc}])?$": "must have no white space at its ends and no control characters",
  "^[A-Za-z0-9._@+-]+$": "must be made of the letters A to Z, digits and . _ @ + -",
  "^[A-Za-z0-9]+$": "must be made of the letters A to Z and digits",
  "^[a-z0-9-]+$": "must be made of lower-case letters, digits and dashes",
  "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$": "must be made of lower-case letters and digits, with dashes between them",
  "^[0-9a-f]*$": "must be made of the digits 0 to 9 and a to f",
  "^[0-9a-f]+$": "must be made of the digits 0 to 9 and a to f",
  "^$|^https?://[^\\s\\p{Cc}]+$": 'must be a web address, such as "https://example.org/path", or empty',
  "^[a-z_]+[.][a-z_]+$": 'must be a type and an action, such as "run.delete"',
  "^[A-Za-z][A-Za-z0-9+.-]*:[^\\s\\p{Cc}]+$": 'must be an absolute URI, such as "s3://bucket/key"',
  "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$": 'must be the ARN of a role, such as "arn:aws:iam::123456789012:role/name"',
  "^[^\\p{Cc}]+$": "must have no control characters",
  "^[^\\s\\p{Cc}]+$": "must have no white space and no control characters",
  "^[^:\\s\\p{Cc}]*$": "must have no colon, no white space and no control characters",
  "^sha256:[0-9a-f]{64}$": 'must be "sha256:" and 64 digits of 0 to 9 and a to f',
};

/** What a text that a pattern does not match has to be, for people. */
export const wordsFor = (pattern: string): string => inWords[pattern] ?? `must match ${pattern}`;

const known = new Map<string, RegExp>();

// What RE2 calls a space: JavaScript takes in those of all of Unicode.
const space = "\\t\\n\\f\\r ";

/** Fails for what would mean something else in JavaScript. */
function translated(pattern: string): string {
  const outsideClasses = pattern.replace(/\[[^\]]*\]/g, "");
  if (/\\(?!\.)/.test(outsideClasses) || /\\(?![sp.])/.test(pattern)) throw new Error(`the pattern ${pattern} is not understood`);
  return pattern.replaceAll("\\s", space);
}
