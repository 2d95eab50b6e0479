import { Reason, ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKeyringEntry, parseKeyring } from "../../src/crypto/keys.ts";
import { type Id, newId, toUuid } from "../../src/ids.ts";
import type { Listing } from "../../src/store/listing.ts";
import { type ListRequest, list } from "../../src/store/page.ts";
import { pageTokens } from "../../src/store/page-seal.ts";
import { visibleWhere } from "../../src/store/visible.ts";
import { dialects } from "../../src/testing/databases.ts";
import { multiply } from "../../src/testing/multiply.ts";
import { type Fresh, fresh } from "./fresh.ts";
import type { ThingRow } from "./things.ts";

const seal = pageTokens(parseKeyring(newKeyringEntry("1")));
const foreign = pageTokens(parseKeyring(newKeyringEntry("1")));
const projects = [newId(), newId(), newId()] as const;
const owners = [newId(), newId()] as const;
const listing: Listing = {
  table: "test_thing",
  fixed: ["workspaceId"],
  fields: {
    id: { kind: "id", column: "id", sortable: true },
    name: { kind: "text", column: "name", sortable: true },
    state: { kind: "enum", column: "state", enum: ReasonSchema, sortable: true },
    size: { kind: "int", column: "size", sortable: true },
    score: { kind: "float", column: "score", sortable: true },
    hidden: { kind: "flag", column: "hidden" },
    create_time: { kind: "time", column: "createTime", sortable: true },
    project: {
      kind: "id",
      column: "projectId",
      resolve: async ({ text }) => (text === "many" ? Array.from({ length: 1001 }, newId) : text === "both" ? projects.slice(0, 2) : []),
    },
    tag: { kind: "member", has: (row, { name = "" }) => row("name", "=", name) },
    sized: { kind: "member", has: (row, { name = "" }) => row("size", "=", Number(name)), having: async () => undefined },
  },
  key: "id",
  defaultOrder: "create_time desc",
};

const rows = (workspaceId: Id, count: number, from = 0): ThingRow[] =>
  Array.from({ length: count }, (_, n) => ({
    id: newId(),
    workspaceId,
    projectId: projects[n % 3] as Id,
    ownerId: owners[n % 2] as Id,
    name: `${n % 7 ? "thing" : "THING"}-${["%", "_", "é", "\u{1f427}"][n % 4]}-${from + n}`,
    state: n % 4,
    size: n % 10,
    score: (n % 5) / 4,
    hidden: n % 2,
    createTime: 1_790_000_000_000_000 + Math.floor(n / 3),
  }));

describe.each(dialects)("a list on %s", (name) => {
  let it: Fresh;
  const workspace = newId();
  const all = rows(workspace, 212);
  const ask = (request: Partial<ListRequest>, workspaceId = workspace, sealed = seal) =>
    list(
      it.database.db.selectFrom("test_thing").selectAll().where("workspaceId", "=", workspaceId),
      listing,
      { pageSize: 0, pageToken: "", ...request },
      { ...it.database, seal: sealed, bound: ["ListThings", toUuid(workspaceId)] },
    );
  async function walk(
    request: Partial<ListRequest>,
    workspaceId = workspace,
    between?: (page: number) => Promise<unknown>,
  ): Promise<ThingRow[]> {
    const found: ThingRow[] = [];
    let pageToken = "";
    for (let n = 0; n === 0 || pageToken !== ""; n++) {
      const page = await ask({ ...request, pageToken }, workspaceId);
      found.push(...page.rows);
      pageToken = page.nextPageToken;
      await between?.(n);
    }
    return found;
  }
  const names = (found: readonly ThingRow[]) => found.map((row) => row.name).sort();

  beforeAll(async () => {
    it = await fresh(name);
    for (let at = 0; at < all.length; at += 100)
      await it.database.db
        .insertInto("test_thing")
        .values(all.slice(at, at + 100))
        .execute();
  });
  afterAll(() => it?.close());

  test.each(["", "name", "name desc", "state, create_time desc", "size desc, score, name desc", "score", "id desc", "create_time"])(
    "sorted by '%s' walks everything once, in order, in pages of any size",
    async (orderBy) => {
      const whole = (await walk({ orderBy, pageSize: 1000 })).map(({ id }) => toUuid(id));
      expect(new Set(whole).size).toBe(all.length);
      for (const pageSize of [2, 5, 16, 53, 100, 211, 212]) {
        expect((await walk({ orderBy, pageSize })).map(({ id }) => toUuid(id))).toEqual(whole);
      }
    },
  );

  test.each([1, 2, 5, 16, 53, 100])("neither repeats nor skips what stays while others come and go, in pages of %i", async (pageSize) => {
    const workspaceId = newId();
    const stay = rows(workspaceId, 60);
    const passing = rows(workspaceId, 60, 1000);
    const { db } = it.database;
    await db
      .insertInto("test_thing")
      .values([...stay, ...passing.slice(0, 30)])
      .execute();
    const found = await walk({ orderBy: "size, name desc", pageSize }, workspaceId, async (n) => {
      const [gone, come] = [passing[n % 30], passing[30 + n]];
      if (gone && n < 30) await db.deleteFrom("test_thing").where("id", "=", gone.id).execute();
      if (come) await db.insertInto("test_thing").values(come).execute();
    });
    const seen = found.map((row) => row.name);
    expect(new Set(seen).size).toBe(seen.length);
    expect(stay.filter((row) => !seen.includes(row.name))).toEqual([]);
  });

  test.each<[string, (row: ThingRow) => boolean]>([
    ["state = UNAVAILABLE", ({ state }) => state === 2],
    ["state != reason_unavailable AND hidden = true", ({ state, hidden }) => state !== 2 && hidden === 1],
    ["size >= 7 AND score < 0.6", ({ size, score }) => size >= 7 && score < 0.6],
    ['name = "thing-*"', (row) => row.name.startsWith("thing-")],
    ['name != "thing-*"', (row) => !row.name.startsWith("thing-")],
    ["name = thing-%-*", (row) => row.name.startsWith("thing-%-")],
    ["name = thing-_*", (row) => row.name.startsWith("thing-_")],
    ["name = thing-\\*", () => false],
    ["name = *", () => true],
    ["name = *-1*", (row) => row.name.includes("-1")],
    ["name = *ING-%*", (row) => row.name.includes("ING-%")],
    ["name = *1", (row) => row.name.endsWith("1")],
    ["name = *\u{1f427}-3", (row) => row.name.endsWith("\u{1f427}-3")],
    ["name != *1*", (row) => !row.name.includes("1")],
    ["name:* AND size:*", () => true],
    ["state:*", ({ state }) => state !== 0],
    ["NOT project:*", () => false],
    ["create_time < 2026-09-21T14:13:20.000010Z", ({ createTime }) => createTime < 1_790_000_000_000_010],
    ["create_time > -1s", () => false],
    ["project = both", ({ projectId }) => !projectId.equals(projects[2])],
    ["project != both", ({ projectId }) => projectId.equals(projects[2])],
    ["project = none", () => false],
    [`project = ${toUuid(projects[0])}`, ({ projectId }) => projectId.equals(projects[0])],
    [`tag:${all[9]?.name}`, (row) => row.name === all[9]?.name],
    ["size = 1 OR size = 2 AND hidden = true", ({ size, hidden }) => (size === 1 || size === 2) && hidden === 1],
    ["(size = 1 AND hidden = true) OR size = 2", ({ size, hidden }) => (size === 1 && hidden === 1) || size === 2],
    ["state = (UNAVAILABLE OR INTERNAL)", ({ state }) => state === 2 || state === 1],
    ["state != (UNAVAILABLE OR INTERNAL)", ({ state }) => state !== 2 && state !== 1],
    ["NOT (size > 3 OR project = both)", ({ size, projectId }) => !(size > 3 || !projectId.equals(projects[2]))],
  ])("filters by %s", async (filter, holds) => {
    const page = await ask({ filter, pageSize: 1000, includeTotal: true });
    expect(names(page.rows)).toEqual(names(all.filter(holds)));
    expect(page.totalSize).toBe(BigInt(page.rows.length));
  });

  test("is read on while an index that it was read by is dropped", async () => {
    const { db } = it.database;
    const index = () => db.schema.createIndex("test_thing_passing").on("test_thing").columns(["workspace_id", "name", "id"]).execute();
    await index();
    const before = await ask({ orderBy: "name", pageSize: 3 });
    const drop = db.schema.dropIndex("test_thing_passing");
    await (name === "mysql" ? drop.on("test_thing") : drop).execute();
    const after = await ask({ orderBy: "name", pageSize: 3, pageToken: before.nextPageToken });
    expect([...before.rows, ...after.rows].map((row) => row.name)).toEqual(
      all
        .map((row) => row.name)
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .slice(0, 6),
    );
  });

  test("gives 50 rows unless told, and no total unless asked", async () => {
    const page = await ask({});
    expect([page.rows.length, page.totalSize]).toEqual([50, undefined]);
  });

  test("counts up to 100,000, and what few are told of in a list of more", async () => {
    const long = newId();
    const [model] = rows(long, 1);
    await it.database.db
      .insertInto("test_thing")
      .values(model as ThingRow)
      .execute();
    await multiply(it.database as never, "test_thing", model as ThingRow, { count: 99_999 }, (make, n) => ({
      id: make.id(n),
      name: make.text("thing ", n),
      createTime: n,
    }));
    const total = async (filter = "") => (await ask({ filter, orderBy: "name", includeTotal: true, pageSize: 1 }, long)).totalSize;
    expect(await total()).toBe(100_000n);
    const [another] = rows(long, 1, 7);
    await it.database.db
      .insertInto("test_thing")
      .values(another as ThingRow)
      .execute();
    expect(await total()).toBe(undefined);
    expect(await total('name = "thing 9999*"')).toBe(11n);
  });

  test("looks at no more than 20,000 rows for a page, and at few where that is full", async () => {
    const long = newId();
    const [model] = rows(long, 1);
    await it.database.db
      .insertInto("test_thing")
      .values({ ...(model as ThingRow), size: -1 })
      .execute();
    await multiply(it.database as never, "test_thing", model as ThingRow, { count: 30_000 }, (make, n) => ({
      id: make.id(n, 1_000_000),
      name: make.text("thing ", n),
      size: sql`${n} % 1000`,
      createTime: n,
    }));
    const walk = async (pageSize: number) => {
      const pages: (readonly string[])[] = [];
      for (let pageToken: string | undefined; pageToken !== ""; ) {
        const page = await ask({ filter: "sized:7", orderBy: "name", pageSize, pageToken: pageToken ?? "" }, long);
        pages.push(names(page.rows));
        pageToken = page.nextPageToken;
      }
      return pages;
    };
    const inOrder = Array.from({ length: 30_000 }, (_, n) => ({ name: `thing ${n + 1}`, sized: (n + 1) % 1000 === 7 }));
    inOrder.sort((a, b) => (a.name < b.name ? -1 : 1));
    const sized = (some: typeof inOrder) => some.flatMap((each) => (each.sized ? each.name : []));
    expect(await walk(50)).toEqual([sized(inOrder.slice(0, 20_000)), sized(inOrder.slice(20_000))]);
    const pages = await walk(3);
    expect(pages.map((page) => page.length)).toEqual(Array.from({ length: 10 }, () => 3));
    expect(pages.flat()).toEqual(sized(inOrder));
  });

  test("refuses a related name with more than 1,000 matches", async () => {
    await expect(ask({ filter: "project = many" })).rejects.toMatchObject({ reason: Reason.TOO_MANY_MATCHES });
  });

  test("refuses a token that is damaged or of another list, filter, order, workspace or plane", async () => {
    const { nextPageToken: pageToken } = await ask({ pageSize: 5 });
    const flipped = pageToken.slice(0, 40) + (pageToken[40] === "A" ? "B" : "A") + pageToken.slice(41);
    const asked = [{ pageToken: flipped }, { pageToken: "x" }, { pageToken, filter: "size = 1" }, { pageToken, orderBy: "name" }];
    for (const request of asked) await expect(ask(request)).rejects.toMatchObject({ reason: Reason.PAGE_TOKEN_INVALID });
    await expect(ask({ pageToken }, newId())).rejects.toMatchObject({ reason: Reason.PAGE_TOKEN_INVALID });
    await expect(ask({ pageToken }, workspace, foreign)).rejects.toMatchObject({ reason: Reason.PAGE_TOKEN_INVALID });
    expect((await ask({ pageToken, pageSize: 7 })).rows).toHaveLength(7);
  });

  test("shows what the caller may see", async () => {
    const [first, second] = projects.map(toUuid) as [string, string];
    const me = toUuid(owners[0]);
    const shown = async (visible: Parameters<typeof visibleWhere>[0], columns: Parameters<typeof visibleWhere>[1]) =>
      names(
        await it.database.db
          .selectFrom("test_thing")
          .selectAll()
          .where("workspaceId", "=", workspace)
          .where(visibleWhere(visible, columns))
          .execute(),
      );
    const both = { project: "projectId", owner: "ownerId" };
    const mine = (row: ThingRow) => row.ownerId.equals(owners[0]);
    const inside = (row: ThingRow, n: 0 | 1) => row.projectId.equals(projects[n]);
    expect(await shown({ all: true }, both)).toEqual(names(all));
    expect(await shown({ all: false, projects: [first], owner: me, ownIn: [] }, both)).toEqual(names(all.filter((row) => inside(row, 0))));
    expect(await shown({ all: false, projects: [first], owner: me, ownIn: [second] }, both)).toEqual(
      names(all.filter((row) => inside(row, 0) || (mine(row) && inside(row, 1)))),
    );
    expect(await shown({ all: false, projects: [], owner: me, ownIn: undefined }, both)).toEqual(names(all.filter(mine)));
    expect(await shown({ all: false, projects: [first], owner: me, ownIn: [second] }, { owner: "ownerId" })).toEqual([]);
    expect(await shown({ all: false, projects: [], owner: me, ownIn: [] }, both)).toEqual([]);
  });
});
