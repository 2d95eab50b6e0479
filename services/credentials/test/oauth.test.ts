import { ClientAuthentication } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { oauthConnector, oauthSecret } from "./connectors.ts";
import { dumpOf, type Plane, plane, type Replica, spellings } from "./fixtures.ts";
import { type TokenServer, tokenServer } from "./token-server.ts";

const client = { clientId: "signalbox:test", clientSecret: oauthSecret };

describe.each(dialects)("tokens of an OAuth client on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  let server: TokenServer;
  const servers: TokenServer[] = [];
  const answering = async (answer?: Record<string, unknown>) => {
    servers.push(await tokenServer({ ...client, ...(answer && { answer }) }));
    return servers.at(-1) as TokenServer;
  };
  beforeAll(async () => {
    it = await plane(dialect);
    part = await it.replica();
    server = await answering();
  });
  afterAll(async () => {
    await it?.close();
    for (const each of servers) await each.close();
  });

  const issue = (connector: string, resource = "") => part.connectors.issueCredential({ connector, resource });
  const lifeSeconds = ({ expireTime }: Awaited<ReturnType<typeof issue>>) => toMicros(expireTime) / 1e6 - Date.now() / 1000;

  test.each([ClientAuthentication.UNSPECIFIED, ClientAuthentication.BASIC, ClientAuthentication.BODY])(
    "are given for a secret stated as %s",
    async (authentication) => {
      const { id } = await oauthConnector(part, `${server.url}/token?tenant=a`, {
        authentication,
        scopes: ["read", "write"],
        audience: "https://api",
      });
      const issued = await issue(id);
      expect(issued.bearer).toMatchObject({ tokenType: "Bearer", scopes: ["read", "write"] });
      expect(issued.bearer?.token).toBe(`minted-canary-bearer-${server.granted.length}`);
      expect(server.granted.at(-1)).toMatchObject({ scope: "read write", audience: "https://api" });
      expect(server.received.at(-1)?.url).toBe("/token?tenant=a");
      expect(lifeSeconds(issued)).toBeCloseTo(3600, -1);
    },
  );

  test("are served from the cache while they have life left", async () => {
    const { id } = await oauthConnector(part, server.url);
    const [first, second] = [await issue(id), await issue(id)];
    expect(second.bearer).toEqual(first.bearer);
    expect(second.lease).not.toBe(first.lease);
  });

  test("say what they were granted for, and how long, where the endpoint does", async () => {
    const narrow = await answering({ scope: "read", expires_in: "120" });
    const issued = await issue((await oauthConnector(part, narrow.url, { scopes: ["read", "write"] })).id);
    expect(issued.bearer?.scopes).toEqual(["read"]);
    expect(lifeSeconds(issued)).toBeCloseTo(120, -1);
    const silent = await answering({ expires_in: undefined });
    expect(lifeSeconds(await issue((await oauthConnector(part, silent.url)).id))).toBeCloseTo(3600, -1);
  });

  test("that live for no time are handed out once", async () => {
    const brief = await answering({ expires_in: 0 });
    const { id } = await oauthConnector(part, brief.url);
    await issue(id);
    await issue(id);
    expect(brief.granted).toHaveLength(2);
  });

  test("are not narrowed to a resource", async () => {
    const { id } = await oauthConnector(part, server.url);
    await expect(issue(id, "s3://data")).rejects.toMatchObject({ reason: Reason.RESOURCE_NOT_COVERED });
  });

  test("are refused by the endpoint's code alone", async () => {
    const { id } = await oauthConnector(part, server.url);
    await part.connectors.updateConnector({ connector: id, secret: "wrong-canary" });
    const refused = await issue(id).catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: Reason.PROVIDER_REFUSED, metadata: { provider: "oauth", code: "invalid_client" } });
    expect(JSON.stringify(refused)).not.toContain("wrong-canary");
  });

  test.each([
    [{ access_token: undefined }, "answer_unreadable"],
    [{ access_token: "two words" }, "answer_unreadable"],
    [{ access_token: "a\r\nb" }, "answer_unreadable"],
    [{ token_type: undefined }, "answer_unreadable"],
  ])("are not taken from an answer with %j", async (answer, code) => {
    const strange = await answering(answer);
    const { id } = await oauthConnector(part, strange.url);
    await expect(issue(id)).rejects.toMatchObject({ reason: Reason.PROVIDER_UNAVAILABLE, metadata: { code } });
  });

  test.each([
    [503, "<html>", Reason.PROVIDER_UNAVAILABLE, "http_503"],
    [400, '{"error":"temporarily_unavailable"}', Reason.PROVIDER_UNAVAILABLE, "temporarily_unavailable"],
    [400, '{"error":"invalid scope: <secret>"}', Reason.PROVIDER_REFUSED, "unknown"],
    [404, "not here", Reason.PROVIDER_REFUSED, "http_404"],
    [302, "", Reason.PROVIDER_REFUSED, "redirect"],
  ])("an endpoint that answers %i %s is told of", async (status, body, reason, code) => {
    const broken = await answering();
    broken.trouble = { kind: "status", status, body, headers: { location: server.url } };
    const { id } = await oauthConnector(part, broken.url);
    await expect(issue(id)).rejects.toMatchObject({ reason, metadata: { code } });
  });

  test("lie in no table", async () => {
    const dump = await dumpOf(it);
    for (const text of [...spellings("minted-canary-bearer"), ...spellings(oauthSecret)]) expect(dump).not.toContain(text);
  });
});
