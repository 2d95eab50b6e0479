import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { describe, expect, test } from "vitest";
import { newId } from "../ids.ts";
import type { Fault } from "../store/dialect/dialect.ts";
import { type Creation, createOnce, naming, sameOrFail } from "./create-once.ts";

const taken = new Error("a unique key is taken");
const broken = new Error("the disk is full");
const dialect = { explain: (error: unknown): Fault | undefined => (error === taken ? { kind: "taken", key: "primary" } : undefined) };
const row = { id: newId(), contentHash: Buffer.alloc(32, 1) };
const failing = (error: Error) => async () => {
  throw error;
};

const creation = (differing: Partial<Creation<typeof row>>): Creation<typeof row> => ({
  dialect,
  type: "stack",
  row,
  name: "a",
  insert: failing(taken),
  find: async () => undefined,
  ...differing,
});

describe("a create", () => {
  test("answers with what it inserted", async () => {
    expect(await createOnce(creation({ insert: async () => row }))).toBe(row);
  });

  test("answers with what the same request made before", async () => {
    const held = { ...row };
    expect(await createOnce(creation({ find: async () => held }))).toBe(held);
  });

  test("is refused where its id has other content", async () => {
    const held = { ...row, contentHash: Buffer.alloc(32, 2) };
    await expect(createOnce(creation({ find: async () => held }))).rejects.toMatchObject({ reason: Reason.ID_REUSED });
    expect(await createOnce(creation({ find: async () => held, same: () => true }))).toBe(held);
  });

  test("is refused where a stricter rule finds another, with the same content", async () => {
    const asked = creation({ find: async () => row, same: () => false });
    await expect(createOnce(asked)).rejects.toMatchObject({ reason: Reason.ID_REUSED });
  });

  test("is refused where only its name is taken", async () => {
    await expect(createOnce(creation({}))).rejects.toMatchObject({ reason: Reason.NAME_TAKEN, metadata: { type: "stack", name: "a" } });
  });

  test("fails as its insert does", async () => {
    await expect(createOnce(creation({ insert: failing(broken), find: async () => row }))).rejects.toBe(broken);
  });
});

test("what exists is the same by its content only", () => {
  expect(sameOrFail("stack", row, { ...row })).toBe(row);
  expect(() => sameOrFail("stack", row, { ...row, contentHash: Buffer.alloc(32) })).toThrow("other content");
});

test("a change that finds its new name taken says so, and one without a name fails as it does", async () => {
  await expect(naming(dialect, "stack", "b", failing(taken))).rejects.toMatchObject({ reason: Reason.NAME_TAKEN });
  await expect(naming(dialect, "stack", undefined, failing(taken))).rejects.toBe(taken);
  await expect(naming(dialect, "stack", "b", failing(broken))).rejects.toBe(broken);
  expect(await naming(dialect, "stack", "b", async () => 1)).toBe(1);
});
