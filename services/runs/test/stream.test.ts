import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { numbering, openReporter } from "./stream.ts";

describe.each(dialects)("the report stream on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
  });
  afterAll(() => here.close());

  test("acknowledges in order, tells of refusals before, and of the run as it changes", async () => {
    const run = await here.run(here.snapshot({ steps: ["a", "b"] }));
    const next = numbering();
    const stream = openReporter(here, run);
    await stream.hears(({ case: kind }) => kind === "run");
    stream.send([next("a", { case: "started", value: {} }), next("ghost", { case: "alive", value: {} })]);
    stream.send([next("a", { case: "ended", value: { status: Status.COMPLETED } })]);
    stream.send([next("b", { case: "ended", value: { status: Status.COMPLETED } })]);
    await stream.end();
    const heard = stream.heard.map(({ part }) => `${part.case}${part.case === "acknowledged" ? ` ${part.value}` : ""}`);
    expect(heard.indexOf("refused")).toBeLessThan(heard.indexOf("acknowledged 2"));
    expect(heard.filter((text) => text.startsWith("acknowledged"))).toEqual(["acknowledged 2", "acknowledged 3", "acknowledged 4"]);
    const last = stream.heard.findLast(({ part }) => part.case === "run")?.part;
    expect(last?.value).toMatchObject({ status: Status.COMPLETED, inProgress: false });
  });

  test("what was sent again after a break has one effect", async () => {
    const run = await here.run();
    const next = numbering();
    const reports = Array.from({ length: 50 }, (_, i) => next(`s${i}`, { case: "started", value: {} }));
    const first = openReporter(here, run);
    first.send(reports);
    await first.leave();
    const second = openReporter(here, run, { replica: 1 });
    second.send(reports);
    await second.end();
    expect(second.heard.some(({ part }) => part.case === "refused")).toBe(false);
    const { run: now } = await runClient(here).getRun({ run });
    expect(now?.steps).toMatchObject({ total: 50, running: 50 });
  });

  test("carries a stop that is asked for elsewhere", async () => {
    const run = await here.run();
    const next = numbering();
    const stream = openReporter(here, run);
    stream.send([next("a", { case: "started", value: {} })]);
    await stream.hears(({ case: kind }) => kind === "acknowledged");
    await runClient(here, 1).stopRun({ run });
    await stream.hears((part) => part.case === "stop" && !part.value.force, 1000);
    await runClient(here, 1).stopRun({ run, force: true });
    await stream.hears((part) => part.case === "stop" && part.value.force, 1000);
    await stream.end();
  });

  test("tells to stop where another step failed and the run fails fast", async () => {
    const run = await here.run(here.snapshot({ steps: ["a", "b"] }));
    const stream = openReporter(here, run, { reporter: "b" });
    stream.send([numbering()("b", { case: "started", value: {} })]);
    await stream.hears(({ case: kind }) => kind === "acknowledged");
    await reportClient(here, 1).endStep({ run, step: "a", ended: { status: Status.FAILED } });
    await stream.hears((part) => part.case === "stop" && part.value.force, 1000);
    await stream.leave();
  });
});
