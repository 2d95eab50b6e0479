import { setTimeout as sleep } from "node:timers/promises";
import { Code } from "@connectrpc/connect";
import { type Report, ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Connection, openConnection } from "../src/connection.ts";
import { openReporter, type Reporter, type ReporterOptions } from "../src/report/reporter.ts";
import { failure } from "./fake-box.ts";
import { type FakeServer, serveFake } from "./fake-server.ts";

const run = "00000000-0000-7000-8000-000000000002";
const step = { step: "train", attempt: 1 };
const ended = { case: "ended" as const, value: { status: Status.COMPLETED } };

let server: FakeServer;
let connection: Connection;
let warnings: string[];
/** What is durable, by sequence, and how often each report came. */
let kept: Map<bigint, Report>;
let came: bigint[];
/** What the server does with a message before and after it keeps its reports. */
let before: (count: number) => Promise<void> | void;
let after: (count: number) => Promise<void> | void;
let messages: number;

const keep = (reports: readonly Report[]) => {
  for (const report of reports) {
    came.push(report.sequence);
    if (!kept.has(report.sequence)) kept.set(report.sequence, report);
  }
};

const serve = (port = 0, options = {}) =>
  serveFake(
    ({ service }) =>
      service(ReportService, {
        async *report(requests) {
          for await (const { reports } of requests) {
            if (reports.length === 0) continue;
            messages += 1;
            await before(messages);
            keep(reports);
            await after(messages);
            yield { part: { case: "acknowledged", value: reports.at(-1)?.sequence ?? 0n } };
          }
        },
        batchReport({ reports }) {
          messages += 1;
          keep(reports);
          return { refused: reports.filter(({ step }) => step === "bad").map(({ sequence }) => ({ sequence, reason: "ATTEMPT_STALE" })) };
        },
      }),
    port,
    options,
  );

const open = (options: Partial<ReporterOptions> = {}): Reporter =>
  openReporter({
    connection,
    run,
    reporter: "r",
    generation: 0,
    heartbeatMs: 0,
    onStop: () => undefined,
    warn: (text) => warnings.push(text),
    ...options,
  });

beforeEach(async () => {
  [warnings, kept, came, messages, before, after] = [[], new Map(), [], 0, () => undefined, () => undefined];
  server = await serve();
  connection = openConnection({ url: server.url, credential: "sbt_1" });
});
afterEach(async () => {
  connection.close();
  await server.close();
});

test("reports travel together and an end waits until it is durable", async () => {
  const reporter = open();
  for (let index = 0; index < 5_000; index += 1) reporter.point(step, { name: "loss", index: BigInt(index), value: index });
  await reporter.send(step, ended);
  expect([...kept.values()].at(-1)?.change.case).toBe("ended");
  expect(messages).toBeLessThan(5);
  await reporter.close();
});

test.each(["before", "after"] as const)("a connection that is cut %s the reports were kept loses and doubles nothing", async (when) => {
  const cut = async (count: number) => {
    if (count % 2 === 0 && count < 8) {
      server.cut();
      await sleep(20);
    }
  };
  if (when === "before") before = cut;
  else after = cut;
  const reporter = open({ batchReports: 3 });
  for (let index = 0; index < 20; index += 1) reporter.note({ step: `s${index}`, attempt: 1 }, { case: "alive", value: {} });
  await reporter.send(step, ended);
  await reporter.close();
  expect([...kept.keys()]).toEqual(Array.from({ length: 21 }, (_, index) => BigInt(index + 1)));
  expect(came.length).toBeGreaterThanOrEqual(21);
});

test("a server that restarts is told what it did not acknowledge", async () => {
  const reporter = open();
  await reporter.send(step, { case: "alive", value: {} });
  await server.close();
  const end = reporter.send(step, ended);
  await sleep(300);
  expect(kept.size).toBe(1);
  server = await serve(server.port);
  await end;
  await reporter.close();
  expect([...kept.keys()]).toEqual([1n, 2n]);
});

test("while much waits there is no room, and what comes even so is left out and counted", async () => {
  await server.close();
  const reporter = open({ maxReports: 10 });
  for (let index = 0; index < 10; index += 1) reporter.note({ ...step, attempt: index + 1 }, { case: "alive", value: {} });
  let room = false;
  const waiting = reporter.room().then(() => {
    room = true;
  });
  for (let index = 0; index < 15; index += 1) reporter.note(step, { case: "alive", value: {} });
  await sleep(50);
  expect(room).toBe(false);
  expect(warnings).toEqual([expect.stringContaining('too much of step "train"')]);
  server = await serve(server.port);
  await waiting;
  await reporter.send(step, ended);
  await reporter.close();
  const facts = [...kept.values()].map(({ change }) => change).find((change) => change.case === "metadata");
  expect(facts?.case === "metadata" && facts.value.values["signalbox.left_out"]?.kind.value).toBe(5n);
});

test("an expired token is renewed and the stream goes on", async () => {
  let renewed = 0;
  before = (count) => {
    if (count === 1) throw failure("TOKEN_EXPIRED", Code.Unauthenticated);
  };
  const reporter = open({ renewToken: async () => (renewed += 1) });
  await reporter.send(step, ended);
  expect([renewed, kept.size]).toEqual([1, 1]);
  await reporter.close();
});

test("a failure that time does not heal is that of every report", async () => {
  before = () => {
    throw failure("TOKEN_REVOKED", Code.Unauthenticated);
  };
  const reporter = open();
  await expect(reporter.send(step, ended)).rejects.toMatchObject({ reason: "TOKEN_REVOKED" });
  // The program goes on although nobody has looked at this one yet.
  const unseen = reporter.send(step, ended);
  await new Promise(setImmediate);
  await expect(unseen).rejects.toMatchObject({ reason: "TOKEN_REVOKED" });
  await expect(reporter.close()).rejects.toMatchObject({ reason: "TOKEN_REVOKED" });
});

test("signs of life are sent for the run and its steps", async () => {
  const reporter = open({ heartbeatMs: 30 });
  const end = reporter.live(step);
  await expect.poll(() => new Set([...kept.values()].map(({ step }) => step)).size).toBe(2);
  end();
  await reporter.close();
});

test("where HTTP/2 does not get through, reports go by calls of their own", async () => {
  await server.close();
  server = await serve(server.port, { http2: false });
  const reporter = open();
  const bad = reporter.send({ step: "bad", attempt: 1 }, ended);
  await reporter.send(step, ended);
  await expect(bad).rejects.toMatchObject({ reason: "ATTEMPT_STALE" });
  await reporter.close();
  expect(kept.size).toBe(2);
});
