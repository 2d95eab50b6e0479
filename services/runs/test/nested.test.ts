import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

describe.each(dialects)("runs that runs started on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
  }, 60_000);
  afterAll(() => here.close());

  const client = (replica = 0) => runClient(here, replica);
  const end = (run: string) => reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });

  async function child(parentRun: string, childKey: string, more: object = {}, replica = 0) {
    const request = { project: here.project, snapshot: here.snapshot(), running: true, parentRun, childKey, ...more };
    const { run, created } = await client(replica).createRun(request);
    return { id: run?.id ?? "", run, created };
  }

  async function found(filter: string): Promise<string[]> {
    const { runs } = await client().listRuns({ filter, orderBy: "create_time" });
    return runs.map(({ id }) => id);
  }

  test("know their parent, the root of their tree, and what they repeat", async () => {
    const root = await here.run();
    const first = await child(root, "fold 1");
    const second = await child(root, "fold 2", { originalRun: first.id });
    const leaf = await child(second.id, "fold 1");
    expect(first.run).toMatchObject({ parentRun: root, childKey: "fold 1", rootRun: root, originalRun: "" });
    expect(second.run).toMatchObject({ parentRun: root, rootRun: root, originalRun: first.id });
    expect(leaf.run).toMatchObject({ parentRun: second.id, childKey: "fold 1", rootRun: root });
    expect((await client().getRun({ run: leaf.id })).run).toEqual(leaf.run);
    expect((await client().getRun({ run: root })).run).toMatchObject({ parentRun: "", childKey: "", rootRun: root });
    expect(await found(`parent_run = ${root}`)).toEqual([first.id, second.id]);
    expect(await found(`root_run = ${root}`)).toEqual([root, first.id, second.id, leaf.id]);
    expect(await found(`original_run = ${first.id}`)).toEqual([second.id]);
    expect(await found(`root_run = ${root} AND nested = false`)).toEqual([root]);
    expect(await found(`root_run = ${root} AND nested = true`)).toEqual([first.id, second.id, leaf.id]);
    expect(await found(`root_run = ${root} AND NOT parent_run:*`)).toEqual([root]);
    await reportClient(here).startStep({ run: leaf.id, step: "a" });
    expect((await end(leaf.id)).run).toMatchObject({ parentRun: second.id, rootRun: root });
  });

  test("are one for each key of their parent, however often and whoever asks", async () => {
    const parent = await here.run();
    const asked = Array.from({ length: 20 }, (_, i) => child(parent, "tune", { id: newUuid(), name: `tune of ${parent}` }, i % 2));
    const made = await Promise.all(asked);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    const [{ id }] = made as [(typeof made)[number]];
    expect(await found(`parent_run = ${parent}`)).toEqual([id]);
    // Also when it has ended, and its parent has.
    await end(id);
    await end(parent);
    expect(await child(parent, "tune")).toMatchObject({ id, created: false });
    expect(await reasonOf(child(parent, "another"))).toBe(Reason.RUN_ENDED);
    const elsewhere = await here.run();
    expect((await child(elsewhere, "tune")).id).not.toBe(id);
  });

  test("wait for their own orchestrator and for no other", async () => {
    const parent = await here.run();
    const snapshot = here.snapshot();
    const placeholder = await child(parent, "job", { snapshot, running: false });
    const other = await client().createRun({ project: here.project, snapshot, orchestratorRun: "someone's" });
    expect(other).toMatchObject({ created: true, run: { parentRun: "" } });
    const claimed = await child(parent, "job", { snapshot, orchestratorRun: "job-7" });
    expect(claimed).toMatchObject({ id: placeholder.id, created: false, run: { orchestratorRun: "job-7", status: Status.RUNNING } });
    expect((await child(parent, "job", { snapshot, orchestratorRun: "job-7" })).id).toBe(placeholder.id);
  });

  test.each([
    ["a parent without a key", { childKey: "" }, Reason.FIELD_INVALID],
    ["a key without a parent", { parentRun: "" }, Reason.FIELD_INVALID],
    ["a key that ends with a space", { childKey: "a " }, Reason.FIELD_INVALID],
    ["a parent that is not there", { parentRun: newUuid() }, Reason.NOT_FOUND],
    ["a repeat of what is not there", { originalRun: newUuid() }, Reason.NOT_FOUND],
  ])("are refused with %s", async (_, wrong, reason) => {
    const parent = await here.run();
    expect(await reasonOf(child(parent, "a", wrong))).toBe(reason);
  });

  test("are of the project of their parent", async () => {
    const parent = await here.run();
    const started = await child(parent, "a");
    const elsewhere = { project: here.other, snapshot: here.snapshot({ project: here.other }) };
    expect(await reasonOf(child(parent, "a", elsewhere))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(child(parent, "b", elsewhere))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(child(started.id, "c", { ...elsewhere, parentRun: "", childKey: "", originalRun: parent }))).toBe(
      Reason.NOT_FOUND,
    );
  });

  test("are deleted with their parent, once all of them have ended", async () => {
    const root = await here.run();
    const branch = await child(root, "branch");
    const leaf = await child(branch.id, "leaf");
    await end(root);
    await end(branch.id);
    expect(await reasonOf(client().deleteRun({ run: root }))).toBe(Reason.IN_USE);
    await end(leaf.id);
    await client().deleteRun({ run: branch.id });
    expect(await found(`root_run = ${root}`)).toEqual([root]);
    expect(await reasonOf(client().getRun({ run: leaf.id }))).toBe(Reason.NOT_FOUND);
    // Nothing keeps their keys: what is asked for again is new, and not what was deleted.
    const kept = await here.database.db
      .selectFrom("runsChild")
      .selectAll()
      .where("parentRunId", "in", [toId(root), toId(branch.id)])
      .execute();
    expect(kept).toEqual([]);
  });

  test("are too many to be deleted at once beyond a thousand", async () => {
    const root = await here.run();
    await end(root);
    const { db } = here.database;
    const row = await db.selectFrom("runsRun").selectAll().where("id", "=", toId(root)).executeTakeFirstOrThrow();
    const rows = Array.from({ length: 1001 }, (_, i) => {
      const id = toId(newUuid());
      return { ...row, id, name: `many-${i}-${root}`, claimKey: Buffer.concat([Buffer.alloc(16, 1), id]), parentRunId: row.id, nested: 1 };
    });
    for (let at = 0; at < rows.length; at += 143)
      await db
        .insertInto("runsRun")
        .values(rows.slice(at, at + 143))
        .execute();
    expect(await reasonOf(client().deleteRun({ run: root }))).toBe(Reason.TOO_MANY_MATCHES);
    await client().deleteRun({ run: (await found(`parent_run = ${root}`))[0] ?? "" });
    await client().deleteRun({ run: root });
    expect(await found(`root_run = ${root}`)).toEqual([]);
  });
});
