import { Reason, ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { bindFilter } from "../filter/condition.ts";
import { newId } from "../ids.ts";
import { sqlite } from "./dialect/sqlite.ts";
import type { Index } from "./indexes.ts";
import type { Listing } from "./listing.ts";
import { orderOf } from "./order.ts";
import { planOf } from "./plan.ts";

const indexes: Index[] = [
  { name: "key", unique: true, columns: ["workspaceId", "id"] },
  { name: "newest", unique: false, columns: ["workspaceId", "createTime", "id"] },
  { name: "newest_in", unique: false, columns: ["workspaceId", "projectId", "createTime", "id"] },
  { name: "state", unique: false, columns: ["workspaceId", "state", "createTime", "id"] },
  { name: "pipeline", unique: false, columns: ["workspaceId", "pipelineId", "createTime", "id"] },
  { name: "number", unique: true, columns: ["workspaceId", "pipelineId", "number"] },
  { name: "name", unique: true, columns: ["workspaceId", "name"] },
  { name: "size", unique: false, columns: ["workspaceId", "size"] },
  { name: "owner", unique: false, columns: ["workspaceId", "ownerId", "projectId", "createTime", "id"] },
];
const tagged = Array.from({ length: 3 }, newId);
const listing = (fixed: readonly string[]): Listing => ({
  table: "thing",
  fixed,
  key: "id",
  defaultOrder: "create_time desc",
  fields: {
    state: { kind: "enum", column: "thing.state", enum: ReasonSchema },
    pipeline: { kind: "id", column: "pipelineId", implies: ["projectId"] },
    number: { kind: "int", column: "number", sortable: true },
    size: { kind: "int", column: "size" },
    owner: { kind: "id", column: "ownerId" },
    note: { kind: "text", column: "note" },
    name: { kind: "text", column: "name", sortable: true },
    create_time: { kind: "time", column: "createTime", sortable: true },
    tag: {
      kind: "member",
      has: (row) => row.lit(true),
      having: async ({ name }, most) => (name === "rare" ? tagged : name === "countless" ? undefined : Array(most + 1)),
    },
  },
});
const owner = "owner = 0190a5d4-0000-7000-8000-000000000002";
const pipeline = "pipeline = 0190a5d4-0000-7000-8000-000000000001";

/** A list of so many rows, of which so many fulfil a condition on a column that an index tells. */
async function plan(filter: string, { orderBy = "", fixed = ["workspaceId"], rows = 1_000_000, found = 100_000 } = {}) {
  const of = listing(fixed);
  return planOf({
    listing: of,
    indexes,
    filter: await bindFilter(of, filter, { dialect: sqlite, clock: systemClock }),
    order: orderOf(of, orderBy),
    find: async (where, most) => Array(Math.min(most, where ? found : rows)),
  });
}

test.each([
  ["", {}, "newest", true],
  ["", { fixed: ["workspaceId", "projectId"] }, "newest_in", true],
  ["state = UNAVAILABLE", {}, "state", true],
  ["state = UNAVAILABLE AND create_time > -7d", {}, "state", true],
  ["create_time > -7d", {}, "newest", true],
  [pipeline, { fixed: ["workspaceId", "projectId"] }, "pipeline", true],
  [pipeline, { orderBy: "number desc" }, "number", true],
  [owner, { fixed: ["workspaceId", "projectId"] }, "owner", true],
  // In a workspace the same index tells who has few, and has no order.
  [owner, {}, "newest", false],
  // Each of these has an index, and none has both.
  [`state = UNAVAILABLE AND ${pipeline}`, {}, "pipeline", false],
  ["size > 3", {}, "newest", false],
  ["NOT size > 3", {}, "newest", false],
  ["tag:common", {}, "newest", false],
  ["tag:countless", {}, "newest", false],
  ["create_time != 2026-01-01", {}, "newest", false],
])("%s with %o is read along an index", async (filter, asked, index, whole) => {
  expect(await plan(filter, asked)).toEqual({ by: "index", index, whole });
});

test.each([
  ["tag:rare", 3],
  ["tag:rare AND note = x", 3],
  ["tag:rare OR (tag:rare AND note = x)", 6],
  ["tag:common AND tag:rare", 3],
])("%s is read out of the few that an index tells", async (filter, count) => {
  const { ids } = (await plan(filter)) as unknown as { ids: unknown[] };
  expect(ids).toHaveLength(count);
});

test("what few have is read out of these, in any order", async () => {
  expect(await plan("size > 3 AND note = x", { found: 7, orderBy: "number" })).toMatchObject({ by: "ids" });
  expect(await plan("size > 3 OR tag:rare", { found: 7 })).toMatchObject({ by: "ids" });
});

test.each(["note = x", "tag:rare OR note = x", "NOT note = x", "tag:common AND note = x", "state = UNAVAILABLE AND note:*", "name = *x*"])(
  "%s is asked of a short list, and refused of a long one with what would narrow it",
  async (filter) => {
    expect(await plan(filter, { rows: 10_000 })).toEqual({ by: "list" });
    await expect(plan(filter)).rejects.toMatchObject({
      reason: Reason.TOO_MANY_MATCHES,
      message: expect.stringMatching(/no index tells (note|name).*by one of state, pipeline, size, owner, name, create_time, tag/),
    });
  },
);

test("an index of all projects tells nothing of one", async () => {
  await expect(plan("state = UNAVAILABLE", { fixed: ["workspaceId", "projectId"] })).rejects.toMatchObject({
    message: expect.stringContaining("no index tells state"),
  });
});

test("an order that no index has is for a short list", async () => {
  expect(await plan("", { orderBy: "number", rows: 10 })).toEqual({ by: "list" });
  await expect(plan("", { orderBy: "number" })).rejects.toMatchObject({ message: expect.stringContaining("the order by number") });
});
