import dns from "node:dns";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type AddressRule, notLinkLocal } from "../src/outbound/address.ts";
import { get } from "../src/outbound/get.ts";
import { outwardTo } from "../src/outbound/outward.ts";
import { send } from "../src/outbound/send.ts";
import { type Received, type TestServer, testServer } from "./http-server.ts";

// The resolver of names is the one thing that is stood in for: names that change have to.
vi.mock("node:dns", async (original) => {
  const real = await original<typeof import("node:dns")>();
  return { ...real, default: real, lookup: (...args: Parameters<typeof real.lookup>) => resolving(...args) };
});
let resolving: (...args: unknown[]) => void = dns.lookup as never;

let first: TestServer;
let second: TestServer;
let next: (received: Received) => string | undefined = () => undefined;
beforeAll(async () => {
  const answer: Parameters<typeof testServer>[0] = (received, response) => {
    const to = next(received);
    if (to === undefined) response.end(received.headers.authorization ?? "no token");
    else response.writeHead(302, { location: to }).end();
  };
  [first, second] = await Promise.all([testServer(answer), testServer(answer)]);
});
afterEach(() => {
  for (const server of [first, second]) server.received.length = 0;
  next = () => undefined;
  resolving = dns.lookup as never;
});
afterAll(async () => {
  await Promise.all([first?.close(), second?.close()]);
});

const getting = (url: string) =>
  get(new URL(url), {
    outward: outwardTo(["127.0.0.1", "localhost"]),
    headers: {},
    authorization: "Bearer t",
    signal: AbortSignal.timeout(5_000),
  }).then(text);

test("takes the token along within an origin, and not to another", async () => {
  expect(await getting(first.url)).toBe("Bearer t");
  next = ({ url }) => (url === "/a" ? "/b" : undefined);
  expect(await getting(`${first.url}/a`)).toBe("Bearer t");
  next = ({ url }) => (url === "/a" ? `${second.url}/b` : undefined);
  expect(await getting(`${first.url}/a`)).toBe("no token");
});

test("does not give the token back to who sends the call around", async () => {
  next = ({ url }) => ({ "/a": `${second.url}/b`, "/b": `${first.url}/c` })[url];
  expect(await getting(`${first.url}/a`)).toBe("no token");
  expect([first, second].map(({ received }) => received.map(({ headers }) => headers.authorization))).toEqual([
    ["Bearer t", undefined],
    [undefined],
  ]);
});

test.each([
  "http://169.254.169.254/latest/meta-data",
  "http://[::ffff:169.254.169.254]/",
  "https://10.0.0.1/",
  "https://[::1]/",
  "http://github.com/",
  "file:///etc/passwd",
  "https://user:pass@github.com/",
  "//0.0.0.0/",
  "http://",
])("does not follow to %s", async (to) => {
  next = () => to;
  await expect(getting(first.url)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
});

test("does not go in circles", async () => {
  next = () => "/again";
  await expect(getting(first.url)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
  expect(first.received).toHaveLength(6);
});

test("connects to the address that was checked, however the name is answered the next time", async () => {
  const { port } = new URL(first.url);
  const heard: string[] = [];
  const other = createServer((_, response) => {
    heard.push("other");
    response.end();
  });
  await once(other.listen(Number(port), "127.0.0.2"), "listening");
  let asked = 0;
  const addresses = ["127.0.0.1", "127.0.0.2"];
  resolving = ((_name: string, _options: object, answer: (error: null, found: object[]) => void) =>
    answer(null, [{ address: addresses[Math.min(asked++, 1)], family: 4 }])) as never;
  const allowed: AddressRule = (address) => address !== "127.0.0.2" && notLinkLocal(address);
  const sending = () =>
    send({
      endpoint: { url: new URL(`http://rebound.example:${port}/`), allowed },
      method: "GET",
      headers: {},
      signal: AbortSignal.timeout(5_000),
    });
  expect((await sending()).statusCode).toBe(200);
  expect([asked, first.received.length]).toEqual([1, 1]);
  await expect(sending()).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
  expect(heard).toEqual([]);
  other.close();
});
