import { type TestServer, testServer } from "./http-server.ts";

export interface TokenOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** What else the answer holds, or holds otherwise. */
  readonly answer?: Record<string, unknown>;
}

export interface TokenServer extends TestServer {
  /** The forms of the tokens that were given. */
  readonly granted: Record<string, string>[];
}

/** A token endpoint for the client credentials grant, with the client's secret in the header or in the body. */
export async function tokenServer({ clientId, clientSecret, answer = {} }: TokenOptions): Promise<TokenServer> {
  const granted: Record<string, string>[] = [];
  const server = await testServer(({ headers, body }, response) => {
    const form = new URLSearchParams(body);
    const json = (status: number, value: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const basic = /^Basic (.+)$/.exec(headers.authorization ?? "")?.[1];
    if (basic !== undefined && form.has("client_secret")) return json(400, { error: "invalid_request" });
    const [id, secret] =
      basic === undefined
        ? [form.get("client_id"), form.get("client_secret")]
        : Buffer.from(basic, "base64")
            .toString()
            .split(":")
            .map((part) => new URLSearchParams(`x=${part}`).get("x"));
    if (id !== clientId || secret !== clientSecret) return json(401, { error: "invalid_client", error_description: `not ${secret}` });
    if (form.getAll("grant_type").join() !== "client_credentials") return json(400, { error: "unsupported_grant_type" });
    granted.push(Object.fromEntries(form));
    json(200, { access_token: `minted-canary-bearer-${granted.length}`, token_type: "Bearer", expires_in: 3600, ...answer });
  });
  return Object.assign(server, { granted });
}
