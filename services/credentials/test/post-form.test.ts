import { promisify } from "node:util";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { guardedLookup, loopbackOnly, notLinkLocal } from "../src/outbound/address.ts";
import { endpointOf } from "../src/outbound/endpoint.ts";
import { postForm } from "../src/provider/post-form.ts";
import { type TestServer, testServer } from "./http-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer(({ body }, response) => response.end(`got ${body}`));
});
afterAll(() => server?.close());

const post = (over: Partial<Parameters<typeof postForm>[0]> = {}) =>
  postForm({
    provider: "oauth",
    endpoint: endpointOf(server.url, "url"),
    headers: {},
    body: "a=1",
    signal: new AbortController().signal,
    ...over,
  });

test("posts a form, to a name too", async () => {
  expect(await post()).toMatchObject({ status: 200, body: "got a=1" });
  const { port } = new URL(server.url);
  expect(await post({ endpoint: endpointOf(`http://localhost:${port}`, "url") })).toMatchObject({ status: 200 });
});

test("gives up on a provider that says nothing", async () => {
  server.trouble = { kind: "hang" };
  const unavailable = { reason: Reason.PROVIDER_UNAVAILABLE, metadata: { code: "timeout" } };
  await expect(post({ timeoutMs: 100 })).rejects.toMatchObject(unavailable);
  server.trouble = undefined;
});

test("gives up with its caller", async () => {
  server.trouble = { kind: "hang" };
  const gone = new Error("gone");
  const abort = new AbortController();
  setTimeout(() => abort.abort(gone), 50);
  await expect(post({ signal: abort.signal })).rejects.toBe(gone);
  server.trouble = undefined;
});

test("tells of a provider that is not there", async () => {
  const endpoint = endpointOf("http://127.0.0.1:1/", "url");
  await expect(post({ endpoint })).rejects.toMatchObject({ reason: Reason.PROVIDER_UNAVAILABLE, metadata: { code: "ECONNREFUSED" } });
});

test("goes nowhere that the rule forbids, whatever a name leads to by now", async () => {
  const { port } = new URL(server.url);
  const refused = { reason: Reason.PROVIDER_REFUSED, metadata: { code: "address_refused" } };
  for (const host of ["localhost", "127.0.0.1"]) {
    const endpoint = { url: new URL(`http://${host}:${port}`), allowed: (address: string) => !loopbackOnly(address) };
    await expect(post({ endpoint })).rejects.toMatchObject(refused);
  }
  const metadata = { url: new URL("http://169.254.169.254/latest/meta-data"), allowed: notLinkLocal };
  await expect(post({ endpoint: metadata })).rejects.toMatchObject(refused);
});

test("a look-up answers one address or all, as it is asked", async () => {
  const lookup = promisify(
    guardedLookup(loopbackOnly) as (host: string, options: object, done: (error: unknown, found: unknown) => void) => void,
  );
  expect(await lookup("localhost", { family: 4 })).toBe("127.0.0.1");
  expect(await lookup("localhost", { family: 4, all: true })).toEqual([{ address: "127.0.0.1", family: 4 }]);
  await expect(lookup("nowhere.invalid", {})).rejects.toMatchObject({ code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
});
