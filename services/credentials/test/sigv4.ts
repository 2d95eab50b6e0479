import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Expected {
  readonly region: string;
  readonly service: string;
  readonly nowMs: number;
  /** The secret access key of a key id, if there is one. */
  readonly secretOf: (accessKeyId: string) => string | undefined;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Checks a signature of version 4 as "Create a signed AWS API request" tells
 * to make one, step by step. Answers with the error code that AWS has for what
 * is wrong, or undefined.
 */
export function signatureFault(request: SignedRequest, { region, service, nowMs, secretOf }: Expected): string | undefined {
  const { headers } = request;
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (!authorization) return headers.authorization ? "IncompleteSignature" : "MissingAuthenticationToken";
  const [, accessKeyId = "", day = "", scopeRegion = "", scopeService = "", signedHeaders = "", signature = ""] = authorization;
  const secret = secretOf(accessKeyId);
  if (secret === undefined) return "InvalidClientTokenId";
  const names = signedHeaders.split(";");
  const needed = Object.keys(headers).filter((name) => name === "host" || name === "content-type" || name.startsWith("x-amz-"));
  if (needed.some((name) => !names.includes(name)) || [...names].sort().join(";") !== signedHeaders) return "SignatureDoesNotMatch";

  const stamp = String(headers["x-amz-date"]);
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!stamp.startsWith(day) || !(Math.abs(nowMs - at) <= 15 * 60_000)) return "RequestExpired";
  if (scopeRegion !== region || scopeService !== service) return "SignatureDoesNotMatch";

  const [path = "/", query = ""] = request.url.split("?");
  const canonicalQuery = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => pair.split("=").map((part) => encoded(decodeURIComponent(part))))
    .map(([name = "", value = ""]) => `${name}=${value}`)
    .sort()
    .join("&");
  const canonicalHeaders = names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}\n`).join("");
  const canonicalPath = path.split("/").map(encoded).join("/");
  const canonicalRequest = [request.method, canonicalPath, canonicalQuery, canonicalHeaders, signedHeaders, sha256(request.body)].join(
    "\n",
  );

  const scope = `${day}/${region}/${service}/aws4_request`;
  const stringToSign = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonicalRequest)].join("\n");
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), "aws4_request");
  return hmac(signingKey, stringToSign).toString("hex") === signature ? undefined : "SignatureDoesNotMatch";
}
