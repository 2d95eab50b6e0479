// What our own credentials look like, and any JWT, wherever they stand in a text.
const tokens = /\b(?:sb[kprt]_[\w.-]{6,}|eyJ[\w-]{8,}(?:\.[\w-]*){0,2})/g;
// Passwords in URLs: "postgres://user:password@host".
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/"]*:)[^\s@/"]+(?=@)/gi;

// Compared without case, "-" and "_". The end of a name decides: "accessToken", "client_secret", "x-api-key".
const secretNames = /(?:authorization|cookie|password|passwd|passphrase|secret|token|apikey|privatekey|signature|assertion|pepper)s?$/;
const secretWords = new Set(["key", "keys", "values", "credential", "credentials", "headers"]);

const deepest = 6;
const longestList = 50;

const mask = "[redacted]";

/** A text without anything in it that looks like a credential. Keeps the prefix, which says what it was. */
export function redactText(text: string): string {
  return text.replace(tokens, (token) => (token.startsWith("sb") ? token.slice(0, 4) + mask : mask)).replace(urlPassword, `$1${mask}`);
}

/** Whether a member of this name is a secret whatever its value. */
function isSecretName(name: string): boolean {
  const bare = name.toLowerCase().replace(/[-_]/g, "");
  return secretWords.has(bare) || secretNames.test(bare);
}

/** A copy that can be printed: secrets by name masked, errors spelled out with their causes, depth and length bounded. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return "[deep]";
  if (value instanceof Error) return redactError(value, depth + 1);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, longestList).map((item) => redactValue(item, depth + 1));
  return redactObject(value, depth + 1);
}

function redactObject(value: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, isSecretName(name) && member !== undefined ? mask : redactValue(member, depth)]),
  );
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...members } = error;
  const nested = "errors" in error && Array.isArray(error.errors) ? { errors: redactValue(error.errors, depth) } : {};
  const suppressed =
    error instanceof SuppressedError ? { error: redactValue(error.error, depth), suppressed: redactValue(error.suppressed, depth) } : {};
  return {
    ...redactObject(members, depth),
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth) }),
    ...nested,
    ...suppressed,
  };
}
