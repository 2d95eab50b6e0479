import { ClientAuthentication, type OauthClient } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { type Endpoint, endpointOf } from "../../outbound/endpoint.ts";
import { notCovered } from "../failure.ts";
import type { Method, Order } from "../method.ts";
import { postForm } from "../post-form.ts";
import { readToken } from "./token-response.ts";

/** What the grant itself says: the address of the endpoint must not say it too, and perhaps otherwise. */
const reserved = ["grant_type", "client_id", "client_secret", "scope", "audience", "resource", "client_assertion", "client_assertion_type"];

/** A scope, by RFC 6749: with a space in it, it would be several. */
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Asks a token endpoint by the client credentials grant of RFC 6749, section 4.4. */
export function oauthClient(client: OauthClient): Method {
  return {
    sends: { name: "client_secret", to: client.tokenUrl },

    check() {
      const { url } = tokenEndpoint(client);
      const said = reserved.find((name) => url.searchParams.has(name));
      if (said) throw fieldInvalid("oauth_client.token_url", `must not state "${said}", which the grant states itself`);
      const bad = client.scopes.findIndex((scope) => !scopePattern.test(scope));
      if (bad >= 0) throw fieldInvalid(`oauth_client.scopes[${bad}]`, "a scope is printable ASCII without space, quote and backslash");
    },

    narrow(resource) {
      if (resource !== "") throw notCovered(resource, "an OAuth client is limited by its scopes alone; leave the resource empty");
      return { resource: "", policy: "" };
    },

    async mint(order) {
      const form = new URLSearchParams({ grant_type: "client_credentials" });
      if (client.scopes.length > 0) form.set("scope", client.scopes.join(" "));
      if (client.audience !== "") form.set("audience", client.audience);
      const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
      if (client.authentication === ClientAuthentication.BODY) {
        form.set("client_id", client.clientId);
        form.set("client_secret", order.secret);
      } else {
        headers.authorization = basic(client.clientId, order.secret);
      }
      const answer = await postForm({
        provider: "oauth",
        endpoint: tokenEndpoint(client),
        headers,
        body: form.toString(),
        signal: order.signal,
        ...(order.timeoutMs && { timeoutMs: order.timeoutMs }),
      });
      return issued(readToken(answer), client, order);
    },
  };
}

const tokenEndpoint = ({ tokenUrl }: OauthClient): Endpoint => endpointOf(tokenUrl, "oauth_client.token_url");

function issued(token: ReturnType<typeof readToken>, { scopes }: OauthClient, { now, lifetimeSeconds }: Order) {
  return {
    // Where the endpoint names no scopes, it granted those that were asked for (section 5.1).
    credential: { kind: "bearer" as const, token: token.token, tokenType: token.tokenType, scopes: token.scopes ?? scopes },
    identity: "",
    // Where it does not say how long, its owner did.
    expireTime: now + (token.expiresInSeconds ?? lifetimeSeconds) * 1_000_000,
  };
}

/** Id and secret are form-encoded first (section 2.3.1), so that a colon in them splits nothing. */
function basic(id: string, secret: string): string {
  const encoded = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);
  return `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString("base64")}`;
}
