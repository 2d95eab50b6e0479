import { cors as connectCors } from "@connectrpc/connect";
import type { AnyRequest } from "./address.ts";
import type { AnyResponse } from "./unary.ts";

export interface Manners {
  /** The names that callers may address this server by, without ports; empty for any. */
  readonly hosts: readonly string[];
  /** The origins whose pages may call from a browser: "https://app.example.org". */
  readonly origins: readonly string[];
  /** Whether callers come by https, here or at the proxy in front. */
  readonly secure: boolean;
}

const securityHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-site",
  "cache-control": "no-store",
};
const secureHeaders = { ...securityHeaders, "strict-transport-security": "max-age=31536000" };

/** Whether the request addresses this server by one of its names. Others come from pages that made a name of theirs point here. */
export function isAddressed({ headers }: AnyRequest, { hosts }: Manners): boolean {
  if (hosts.length === 0) return true;
  return hosts.includes(nameIn(String(headers[":authority"] ?? headers.host ?? "")));
}

// Callers name the server alike as a rule, so the last name is known.
let lastAuthority = "";
let lastName = "";

function nameIn(authority: string): string {
  if (authority !== lastAuthority) {
    lastName = authority
      .replace(/:\d+$/, "")
      .replace(/^\[(.*)\]$/, "$1")
      .toLowerCase();
    lastAuthority = authority;
  }
  return lastName;
}

/** The headers that every answer carries, and those that let the allowed origins read it. */
export function headersFor({ headers: { origin } }: AnyRequest, { origins, secure }: Manners): Readonly<Record<string, string>> {
  const always = secure ? secureHeaders : securityHeaders;
  if (origin === undefined || !origins.includes(origin)) return always;
  return {
    ...always,
    "access-control-allow-origin": origin,
    "access-control-expose-headers": connectCors.exposedHeaders.join(", "),
    "cross-origin-resource-policy": "cross-origin",
    vary: "origin",
  };
}

export function setHeaders(response: AnyResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

const allowedHeaders = [...connectCors.allowedHeaders, "authorization", "signalbox-workspace", "traceparent", "tracestate"];

/** Answers a browser's question whether it may call. */
export function answerPreflight({ method, headers }: AnyRequest, response: AnyResponse): boolean {
  if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return false;
  response.setHeader("access-control-allow-methods", connectCors.allowedMethods.join(", "));
  response.setHeader("access-control-allow-headers", allowedHeaders.join(", "));
  response.setHeader("access-control-max-age", "7200");
  response.statusCode = 204;
  response.end();
  return true;
}
