import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Listening } from "../src/listener.ts";
import { openDoor } from "./door.ts";

let door: Listening;
let served = 0;
beforeAll(async () => {
  door = await openDoor({
    projects: {
      createProject: async ({ name }) => {
        served += 1;
        return { project: { name } };
      },
    },
  });
});
afterAll(() => door.close(100));

const path = "/signalbox.registry.v1.ProjectService/CreateProject";

async function post(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(door.url + path, {
    method: "POST",
    body: body as string,
    headers: { "content-type": "application/json", ...headers },
  });
  const text = await response.text();
  const answer = JSON.parse(text || "{}") as {
    code?: string;
    message?: string;
    details?: { type: string; debug?: { reason?: string; fieldViolations?: { field: string }[] } }[];
  };
  return {
    status: response.status,
    text,
    ...answer,
    reason: answer.details?.map(({ debug }) => debug?.reason).find((each) => each !== undefined),
    response,
  };
}

describe("a body", () => {
  test.each([
    ["that is not JSON", '{"name": ', "BODY_INVALID"],
    ["with a number that JSON does not have", '{"name": NaN}', "BODY_INVALID"],
    ["with a field that the contract does not have", '{"nmae": "x"}', "BODY_INVALID"],
    ["with a value of the wrong type", '{"name": 7}', "BODY_INVALID"],
    ["that is nested too deep", `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`, "BODY_INVALID"],
    ["that breaks a rule", '{"name": ""}', "FIELD_INVALID"],
    ["with U+0000 in a text", '{"name": "a\\u0000b"}', "FIELD_INVALID"],
  ])("%s is refused with its reason and has no effect", async (_, body, reason) => {
    const before = served;
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, code: "invalid_argument", reason });
    expect(answer.text).not.toMatch(/\bat .+\.(ts|js):\d+/);
    expect(served).toBe(before);
  });

  test("that is not UTF-8 is refused", async () => {
    expect(await post(Buffer.from('{"name": "\xff\xfe"}', "latin1"))).toMatchObject({ status: 400, reason: "BODY_INVALID" });
  });

  test("that breaks a rule is answered with the field and the rule", async () => {
    const { message, details } = await post(JSON.stringify({ name: "x".repeat(300) }));
    expect(message).toMatch(/^name: /);
    expect(details?.flatMap(({ debug }) => debug?.fieldViolations ?? [])).toMatchObject([{ field: "name" }]);
    // What is empty has no white space to complain about.
    expect((await post('{"name": ""}')).message).toBe("name: must not be empty");
    expect((await post('{"name": " x"}')).message).toBe("name: must have no white space at its ends and no control characters");
  });

  test("that is too large is refused before it is read", async () => {
    expect(await post(JSON.stringify({ name: "x".repeat(70_000) }))).toMatchObject({ status: 429, reason: "BODY_TOO_LARGE" });
  });

  test("that is not protobuf is refused", async () => {
    const response = await fetch(door.url + path, {
      method: "POST",
      body: Buffer.from([0xff, 0xff, 0xff]),
      headers: { "content-type": "application/proto" },
    });
    expect(await response.json()).toMatchObject({ code: "invalid_argument" });
  });
});

test("an answer that JSON cannot hold is an internal error, and the server goes on", async () => {
  const odd = await openDoor({ projects: { createProject: async () => ({ project: { createTime: { seconds: 1n << 60n } } }) } });
  try {
    const ask = () => fetch(odd.url + path, { method: "POST", body: '{"name":"x"}', headers: { "content-type": "application/json" } });
    for (const response of [await ask(), await ask()]) {
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ code: "internal", message: "internal error" });
    }
  } finally {
    await odd.close(100);
  }
});

test("a path that is nothing is answered with its reason", async () => {
  const response = await fetch(`${door.url}/nothing`);
  expect(response.status).toBe(404);
  const { code, details } = (await response.json()) as { code: string; details: { type: string; value: string }[] };
  expect([code, details[0]?.type]).toEqual(["unimplemented", "google.rpc.ErrorInfo"]);
  // Clients read the message itself; what is written out beside it is for people.
  expect(fromBinary(ErrorInfoSchema, Buffer.from(details[0]?.value ?? "", "base64"))).toMatchObject({ reason: "METHOD_UNKNOWN" });
});

test.each(["application/grpc", "application/grpc-web+proto"])("a method that is not there is told of as %s does", async (type) => {
  const response = await fetch(`${door.url}/signalbox.registry.v1.ProjectService/Nothing`, {
    method: "POST",
    headers: { "content-type": type },
    body: Buffer.alloc(5),
  });
  expect([response.status, response.headers.get("content-type"), response.headers.get("grpc-status")]).toEqual([200, type, "12"]);
  expect(response.headers.get("grpc-status-details-bin")).toBeTruthy();
  expect(await response.text()).toBe("");
});

test.each([
  ["without a content type", "POST", "CreateProject", undefined, 415, 'send "Content-Type: application/json"'],
  ["with the content type of a form", "POST", "CreateProject", "application/x-www-form-urlencoded", 415, "application/json"],
  ["by another method", "PUT", "CreateProject", "application/json", 405, "this method is called by POST, not by PUT"],
  ["by GET though it changes something", "GET", "CreateProject", undefined, 405, "this method is called by POST, not by GET"],
  ["by GET without its request", "GET", "GetProject", undefined, 415, "?encoding=json&message={}"],
])("a call %s is told how to call", async (_, method, name, type, status, message) => {
  const response = await fetch(`${door.url}/signalbox.registry.v1.ProjectService/${name}`, {
    method,
    headers: type === undefined ? {} : { "content-type": type },
    ...(method !== "GET" && { body: Buffer.from("{}") }),
  });
  expect(response.status).toBe(status);
  expect(response.headers.get("allow")).toBe(status === 405 ? "POST" : null);
  const { code, message: told, details } = (await response.json()) as { code: string; message: string; details: { debug: object }[] };
  expect([code, details[0]?.debug]).toMatchObject(["unimplemented", { reason: "METHOD_UNKNOWN" }]);
  expect(told).toContain(message);
});

test("a query that is not JSON is refused as a body would be, and shows nothing of it", async () => {
  const ask = (query: string) => fetch(`${door.url}/signalbox.registry.v1.ProjectService/GetProject?${query}`);
  for (const message of ["{secret", '{"project": ["secret"]}', `${'{"a":'.repeat(100)}1${"}".repeat(100)}`]) {
    for (const query of [{ message }, { message: Buffer.from(message).toString("base64url"), base64: "1" }]) {
      const response = await ask(new URLSearchParams({ encoding: "json", ...query }).toString());
      const text = await response.text();
      expect([response.status, text]).toEqual([400, expect.stringContaining('"reason":"BODY_INVALID"')]);
      expect(text).not.toContain("secret");
    }
  }
});

test("a stream that is called like a single call is told how to call", async () => {
  const response = await fetch(`${door.url}/signalbox.runs.v1.RunService/WatchRuns`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect([response.status, await response.text()]).toEqual([415, expect.stringContaining("application/connect+json")]);
});

test("an Authorization header that is no bearer token is refused", async () => {
  expect(await post('{"name":"x"}', { authorization: "Basic abc" })).toMatchObject({ status: 401, reason: "TOKEN_INVALID" });
});

test("forged tokens do not count against whom they name", async () => {
  const token = (signature: string) =>
    `eyJ0.${Buffer.from('{"sub":"ada","aud":"urn:signalbox:workspace:w"}').toString("base64url")}.${signature}`;
  const createProject = async (_: unknown, call: Call) => {
    if (call.header("authorization") !== `Bearer ${token("good")}`)
      throw new SignalboxError(Reason.TOKEN_INVALID, "the signature is wrong");
    return { project: {} };
  };
  const strict = await openDoor({ projects: { createProject }, needs: { perPrincipal: { perSecond: 0.001, burst: 3 } } });
  const ask = async (signature: string) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token(signature)}` };
    return (await fetch(strict.url + path, { method: "POST", body: '{"name":"x"}', headers })).status;
  };
  try {
    for (let forged = 0; forged < 10; forged++) expect(await ask("forged")).toBe(401);
    expect([await ask("good"), await ask("good"), await ask("good"), await ask("good")]).toEqual([200, 200, 200, 429]);
  } finally {
    await strict.close(100);
  }
});

test("a host that is not this server's is refused", async () => {
  const answer = await raw("GET /healthz HTTP/1.1\r\nHost: evil.example.org\r\nConnection: close\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1.1 400/);
  expect(answer).toContain("HOST_REFUSED");
});

test("headers that are too large are refused", async () => {
  expect(await raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${"x".repeat(40_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431/);
});

test("a page of an allowed origin may call, and one of another may not", async () => {
  const ask = (origin: string) =>
    fetch(door.url + path, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });
  expect((await ask("https://app.example.org")).headers.get("access-control-allow-origin")).toBe("https://app.example.org");
  expect((await ask("https://evil.example.org")).headers.get("access-control-allow-origin")).toBeNull();
});

test("every answer carries the security headers", async () => {
  const { response } = await post('{"name":"x"}');
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("x-frame-options")).toBe("DENY");
  expect(response.headers.get("cache-control")).toBe("no-store");
});

test("a caller that is too quick is told when to come back", async () => {
  const slow = await openDoor({ needs: { perAddress: { perSecond: 1, burst: 2 } }, projects: { getProject: async () => ({}) } });
  try {
    const ask = () =>
      fetch(`${slow.url}/signalbox.registry.v1.ProjectService/GetProject`, {
        method: "POST",
        body: '{"project":"x"}',
        headers: { "content-type": "application/json" },
      });
    const statuses = [await ask(), await ask(), await ask()].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 429]);
    expect(await (await ask()).text()).toMatch(/RATE_LIMITED.*google.rpc.RetryInfo/s);
  } finally {
    await slow.close(100);
  }
});

test("whoever tries keys out is told to slow down, and so are those who come with them", async () => {
  const refuse = () => Promise.reject(toConnectError(new SignalboxError(Reason.TOKEN_INVALID, "no such key")));
  const slow = await openDoor({ needs: { perAddress: { perSecond: 0.1, burst: 3 } }, auth: { exchangeToken: refuse } });
  try {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const headers = { "content-type": "application/json", authorization: `Bearer sbk_guess${attempt}` };
      const { status } = await fetch(`${slow.url}/signalbox.registry.v1.ProjectService/GetProject`, {
        method: "POST",
        body: '{"project":"x"}',
        headers,
      });
      statuses.push(status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  } finally {
    await slow.close(100);
  }
});

test("a call under way gets its answer when the server stops, and new ones are not taken", async () => {
  let began = (): void => {};
  const atWork = new Promise<void>((resolve) => {
    began = resolve;
  });
  const stopping = await openDoor({
    projects: {
      getProject: async () => {
        began();
        await wait(300);
        return { project: { name: "late" } };
      },
    },
  });
  const ask = () =>
    fetch(`${stopping.url}/signalbox.registry.v1.ProjectService/GetProject`, {
      method: "POST",
      body: '{"project":"x"}',
      headers: { "content-type": "application/json" },
    });
  const pending = ask();
  await atWork;
  const closed = stopping.close(5_000);
  await expect(ask()).rejects.toThrow();
  expect(await (await pending).json()).toEqual({ project: { name: "late" } });
  await closed;
});

/** Bytes to the port, and what comes back until it closes. */
function raw(bytes: string): Promise<string> {
  const { port, hostname } = new URL(door.url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket: Socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    socket.setTimeout(5_000, () => socket.destroy());
  });
}
