import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { HookService, HookType } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { purgeRun } from "../src/run/purge.ts";
import { as, type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

describe.each(dialects)("hooks on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
  });
  afterAll(() => here.close());

  const hooks = (replica = 0) => (here.parts[replica] as PartUnderTest).client(HookService, as(here));
  const told = { type: HookType.RUN_FAILURE, name: "page somebody", status: Status.FAILED, source: "ops.page" };
  const failed = { exception: { type: "TypeError", message: "no number", traceback: "at page" } };

  test("are recorded with what they produced and what they failed with, also when their run has ended", async () => {
    const run = await here.run();
    const { step } = await reportClient(here).startStep({ run, step: "a" });
    await reportClient(here).endRun({ run, ended: { status: Status.FAILED } });
    const outputs = [{ name: "report", artifactVersion: newUuid() }];
    const request = {
      ...told,
      ...failed,
      id: newUuid(),
      run,
      step: step?.id ?? "",
      outputs,
      startTime: { seconds: 5n },
      endTime: { seconds: 6n },
    };
    const { hookInvocation } = await hooks().recordHookInvocation(request);
    expect(hookInvocation).toMatchObject({ ...request, project: here.project, owner: { id: here.world.developer } });
    const read = await hooks(1).getHookInvocation({ run, hookInvocation: request.id });
    expect(read.hookInvocation).toEqual(hookInvocation);
    const filter = `run = ${run} AND type = RUN_FAILURE AND status = FAILED`;
    expect((await hooks().listHookInvocations({ filter, orderBy: "start_time desc" })).hookInvocations).toEqual([hookInvocation]);
  });

  test("are recorded once for an id, however often and whoever asks at once", async () => {
    const run = await here.run();
    const request = { ...told, id: newUuid(), run };
    const made = await Promise.all(Array.from({ length: 20 }, (_, i) => hooks(i % 2).recordHookInvocation(request)));
    expect(new Set(made.map(({ hookInvocation }) => JSON.stringify(hookInvocation?.createTime?.nanos))).size).toBe(1);
    expect(await reasonOf(hooks().recordHookInvocation({ ...request, name: "other" }))).toBe(Reason.ID_REUSED);
    const other = await here.run();
    expect(await reasonOf(hooks().recordHookInvocation({ ...request, run: other }))).not.toBeUndefined();
    const { hookInvocations } = await hooks().listHookInvocations({ filter: `run = ${run}` });
    expect(hookInvocations).toHaveLength(1);
  });

  test("belong to a step of their run, or to none", async () => {
    const [run, other] = [await here.run(), await here.run()];
    const { step } = await reportClient(here).startStep({ run: other, step: "a" });
    expect(await reasonOf(hooks().recordHookInvocation({ ...told, run, step: step?.id ?? "" }))).toBe(Reason.NOT_FOUND);
    const byName = await hooks().recordHookInvocation({ ...told, run: other, step: "a" });
    expect(byName.hookInvocation?.step).toBe(step?.id);
    expect(await reasonOf(hooks().recordHookInvocation({ ...told, run, type: HookType.UNSPECIFIED }))).toBe(Reason.FIELD_INVALID);
  });

  test("are deleted one by one, or with their run", async () => {
    const run = await here.run();
    const { hookInvocation } = await hooks().recordHookInvocation({ ...told, run });
    await hooks().recordHookInvocation({ ...told, run });
    const one = { run, hookInvocation: hookInvocation?.id ?? "" };
    await hooks().deleteHookInvocation(one);
    expect(await reasonOf(hooks().getHookInvocation(one))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(hooks().deleteHookInvocation(one))).toBe(Reason.NOT_FOUND);
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
    await runClient(here).deleteRun({ run });
    await purgeRun(here.database, toId(here.world.workspace), toId(run), new AbortController().signal);
    expect(await here.database.db.selectFrom("runsHookInvocation").select("id").where("runId", "=", toId(run)).execute()).toEqual([]);
  });
});
