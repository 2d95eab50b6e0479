import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterEach, describe, expect, test } from "vitest";
import { type Connection, openConnection } from "../src/connection.ts";
import type { SignalboxError } from "../src/errors.ts";
import { type FakeServer, serveFake } from "./fake-server.ts";

const opened: { close(): unknown }[] = [];
const own = <T extends { close(): unknown }>(thing: T): T => {
  opened.push(thing);
  return thing;
};
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close();
});

const failure = async (call: Promise<unknown>): Promise<SignalboxError> =>
  call.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: SignalboxError) => error,
  );
const open = (server: FakeServer, options: Partial<Parameters<typeof openConnection>[0]> = {}): Connection =>
  own(openConnection({ url: server.url, credential: "sbk_test", ...options }));

describe.each(["node:http", "fetch"])("unary calls over %s", (wire) => {
  const options = wire === "fetch" ? { fetch: globalThis.fetch } : {};

  test("carry the credential and the workspace", async () => {
    const seen: (string | null)[] = [];
    const server = own(
      await serveFake(({ rpc }) =>
        rpc(RunService.method.getRun, (request, context) => {
          seen.push(context.requestHeader.get("authorization"), context.requestHeader.get("signalbox-workspace"));
          return { run: { name: request.run } };
        }),
      ),
    );
    const { run } = await open(server, { ...options, workspace: "lab" })
      .client(RunService)
      .getRun({ run: "brisk-otter" });
    expect(run?.name).toBe("brisk-otter");
    expect(seen).toEqual(["Bearer sbk_test", "lab"]);
  });

  test("fail with the reason, the facts and the fields that the server gave", async () => {
    const info = {
      desc: ErrorInfoSchema,
      value: create(ErrorInfoSchema, { reason: "FIELD_INVALID", domain: "signalbox", metadata: { a: "b" } }),
    };
    const fields = {
      desc: BadRequestSchema,
      value: create(BadRequestSchema, { fieldViolations: [{ field: "page_size", description: "at most 1000", reason: "int32.lte" }] }),
    };
    const server = own(
      await serveFake(({ rpc }) =>
        rpc(RunService.method.listRuns, () => {
          throw new ConnectError("page_size: at most 1000", Code.InvalidArgument, undefined, [info, fields]);
        }),
      ),
    );
    expect(await failure(open(server, options).client(RunService).listRuns({ pageSize: 5000 }))).toMatchObject({
      reason: "FIELD_INVALID",
      code: Code.InvalidArgument,
      message: "page_size: at most 1000",
      metadata: { a: "b" },
      violations: [{ field: "page_size", description: "at most 1000", rule: "int32.lte" }],
    });
  });

  test("are repeated while the server is unavailable, if they may be", async () => {
    let calls = 0;
    const answer = () => {
      calls += 1;
      if (calls < 3) throw new ConnectError("not yet", Code.Unavailable);
      return {};
    };
    const server = own(await serveFake(({ rpc }) => rpc(RunService.method.getRun, answer)));
    await open(server, options).client(RunService).getRun({ run: "x" });
    expect(calls).toBe(3);
  });

  test("end at their deadline", async () => {
    const server = own(await serveFake(({ rpc }) => rpc(RunService.method.getRun, () => new Promise<never>(() => undefined))));
    const call = open(server, { ...options, timeoutMs: 100 })
      .client(RunService)
      .getRun({ run: "x" });
    expect((await failure(call)).reason).toBe("DEADLINE_EXCEEDED");
  });

  test("say that nobody listens", async () => {
    const server = await serveFake(() => undefined);
    await server.close();
    const error = await failure(
      open(server, { ...options, retryMs: 100 })
        .client(RunService)
        .getRun({ run: "x" }),
    );
    expect(error).toMatchObject({ reason: "UNAVAILABLE", unsent: true });
    expect(error.message).toContain("ECONNREFUSED");
  });

  test("ask for a new token when theirs has expired", async () => {
    const seen: (string | null)[] = [];
    const server = own(
      await serveFake(({ rpc }) =>
        rpc(RunService.method.getRun, (_request, context) => {
          const token = context.requestHeader.get("authorization");
          seen.push(token);
          if (token === "Bearer new") return {};
          const detail = { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason: "TOKEN_EXPIRED" }) };
          throw new ConnectError("expired", Code.Unauthenticated, undefined, [detail]);
        }),
      ),
    );
    const credential = async (expired?: string) => (expired === "old" ? "new" : "old");
    await open(server, { ...options, credential })
      .client(RunService)
      .getRun({ run: "x" });
    expect(seen).toEqual(["Bearer old", "Bearer new"]);
  });

  test("read a server stream as it comes, and its failure at the end", async () => {
    const server = own(
      await serveFake(({ rpc }) =>
        rpc(RunService.method.watchRun, async function* () {
          yield { part: { case: "current" as const, value: 1n } };
          yield { part: { case: "current" as const, value: 2n } };
          throw new ConnectError("gone", Code.NotFound);
        }),
      ),
    );
    const seen: unknown[] = [];
    const watch = async () => {
      for await (const { part } of open(server, options).client(RunService).watchRun({ run: "x" })) seen.push(part.value);
    };
    expect((await failure(watch())).reason).toBe("NOT_FOUND");
    expect(seen).toEqual([1n, 2n]);
  });
});

describe("streams in both directions", () => {
  test("carry messages both ways while they are open", async () => {
    const server = own(
      await serveFake(({ rpc }) =>
        rpc(ReportService.method.report, async function* (requests) {
          for await (const { reports } of requests)
            yield { part: { case: "acknowledged" as const, value: reports.at(-1)?.sequence ?? 0n } };
        }),
      ),
    );
    const heard: unknown[] = [];
    let next: (() => void) | undefined;
    async function* say() {
      for (const sequence of [1n, 2n, 3n]) {
        yield { run: "r", reports: [{ sequence }] };
        await new Promise<void>((resolve) => {
          next = resolve;
        });
      }
    }
    for await (const { part } of open(server).client(ReportService).report(say())) {
      heard.push(part.value);
      next?.();
    }
    expect(heard).toEqual([1n, 2n, 3n]);
  });

  test("say when HTTP/2 is not to be had", async () => {
    const server = own(await serveFake(() => undefined, 0, { http2: false }));
    const talk = async () => {
      for await (const _ of open(server)
        .client(ReportService)
        .report((async function* () {})()));
    };
    expect((await failure(talk())).reason).toBe("HTTP2_UNAVAILABLE");
  });

  test("say when the connection breaks", async () => {
    const server = own(
      await serveFake(({ rpc }) =>
        rpc(ReportService.method.report, async function* () {
          yield { part: { case: "acknowledged" as const, value: 0n } };
          await new Promise(() => undefined);
        }),
      ),
    );
    const talk = async () => {
      for await (const _ of open(server)
        .client(ReportService)
        .report((async function* () {})()))
        server.cut();
    };
    expect((await failure(talk())).reason).toBe("UNAVAILABLE");
  });
});

test("what a header cannot carry is refused before anything is sent", async () => {
  const url = "http://localhost:1";
  const { client } = own(openConnection({ url, credential: "sbk_test\r" }));
  expect(await failure(client(RunService).getRun({ run: "x" }))).toMatchObject({
    reason: "MISUSE",
    message: expect.stringContaining("line break"),
  });
  expect(() => openConnection({ url, workspace: "名" })).toThrow('a header cannot carry the name of workspace "名": give its id');
});

test.each([
  [501, "<html>\n  Unsupported method</html>", "HTTP 501 was not answered by Signalbox"],
  [200, "<html>Welcome</html>", "HTTP 200 was not answered by Signalbox"],
])("a server that is another's is told of: HTTP %i", async (status, body, message) => {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  own(server);
  const { port } = server.address() as AddressInfo;
  const { client } = own(openConnection({ url: `http://127.0.0.1:${port}`, credential: "sbk_test" }));
  const error = await failure(client(RunService).getRun({ run: "x" }));
  expect(error).toMatchObject({ name: "SignalboxError", message: expect.stringContaining(message) });
  expect(error.message).toContain("<html>");
  const https = own(openConnection({ url: `https://127.0.0.1:${port}`, credential: "sbk_test", retryMs: 0 }));
  expect((await failure(https.client(RunService).getRun({ run: "x" }))).message).toMatch(/is it http\?/);
});
