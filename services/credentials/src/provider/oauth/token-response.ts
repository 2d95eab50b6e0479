import { providerRefused, providerUnavailable } from "../failure.ts";
import type { Answer } from "../post-form.ts";

export interface Token {
  readonly token: string;
  readonly tokenType: string;
  /** Undefined where the endpoint does not say. */
  readonly scopes: readonly string[] | undefined;
  readonly expiresInSeconds: number | undefined;
}

/** Codes that mean "later", whatever the status they come with. */
const passing = new Set(["temporarily_unavailable", "server_error", "slow_down"]);

/** Reads the answer of a token endpoint (RFC 6749, section 5). Fails with PROVIDER_REFUSED or PROVIDER_UNAVAILABLE. */
export function readToken({ status, body, retryAfterMs }: Answer): Token {
  const answer = parsed(body);
  if (status !== 200) {
    const code = typeof answer.error === "string" ? answer.error : `http_${status}`;
    if (status >= 500 || status === 429 || passing.has(code)) throw providerUnavailable("oauth", code, { retryAfterMs });
    throw providerRefused("oauth", code);
  }
  const { access_token: token, token_type: tokenType, expires_in: expiresIn, scope } = answer;
  // What a header can carry (RFC 6750 allows less, but endpoints do not keep to it).
  if (
    typeof token !== "string" ||
    !/^[\x21-\x7e]+$/.test(token) ||
    typeof tokenType !== "string" ||
    !/^[\x21-\x7e]{1,64}$/.test(tokenType)
  ) {
    throw providerUnavailable("oauth", "answer_unreadable");
  }
  return {
    token,
    tokenType,
    scopes: typeof scope === "string" ? scope.split(" ").filter((one) => one !== "") : undefined,
    expiresInSeconds: secondsOf(expiresIn),
  };
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Some endpoints send the number as text. Longer than ten years is taken for ten years. */
function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === "number" || (typeof value === "string" && value !== "") ? Number(value) : Number.NaN;
  return Number.isFinite(seconds) ? Math.min(Math.max(0, Math.floor(seconds)), 315_360_000) : undefined;
}
