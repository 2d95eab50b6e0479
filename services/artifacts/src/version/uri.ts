import { fieldInvalid } from "@signalbox/runtime/errors.ts";

/** Scheme, if it has one and is no path, authority, path and query, as RFC 3986 parts them. A backslash parts like a slash: some readers take it for one. */
const parts = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:[/\\]{2}([^/\\?#]*))?([^?#]*)(?:\?([^#]*))?/;

/** Schemes that hold data or code rather than point at it. */
const pointless = new Set(["data", "javascript", "vbscript", "blob"]);

/** What makes the address a credential for whoever reads it. */
const secretParameters = new Set(["x-amz-signature", "x-amz-security-token", "x-goog-signature", "sig", "access_token", "password"]);

/**
 * Fails with FIELD_INVALID for a URI that is no pointer, carries credentials,
 * or leaves the folder that it names. Nothing is opened: a `file:` URI or a
 * path is whoever reads it's own file.
 */
export function checkUri(uri: string, field: string): void {
  const fault = faultOf(uri);
  if (fault) throw fieldInvalid(field, fault, "uri");
}

function faultOf(uri: string): string | undefined {
  const [, scheme = "", authority = "", path = "", query = ""] = parts.exec(uri) ?? [];
  if (pointless.has(scheme.toLowerCase())) return `${scheme}: points at nothing; give the address of the data`;
  if (authority.includes("@") || /%40/i.test(authority)) return "carries a user or password; name a connector instead";
  for (const parameter of query.split("&")) {
    const name = decoded(parameter.split("=")[0] ?? "").toLowerCase();
    if (secretParameters.has(name)) return `carries a credential in "${name}"; name a connector instead`;
  }
  const plain = decoded(path);
  if (plain.includes("\0")) return "must not contain the character U+0000";
  if (plain.split(/[/\\]/).includes("..")) return 'must not contain ".." in its path';
  return undefined;
}

/** With the characters that matter here decoded, however often they are encoded. */
function decoded(text: string): string {
  const next = text.replace(/%(2e|2f|5c|25|00)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return next === text ? text : decoded(next);
}
