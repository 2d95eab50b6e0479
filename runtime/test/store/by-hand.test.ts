import { create } from "@bufbuild/protobuf";
import { ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { JsonSchema, type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKeyringEntry, parseKeyring } from "../../src/crypto/keys.ts";
import { instantOf } from "../../src/filter/instant.ts";
import { printFilter } from "../../src/filter/print.ts";
import { type Id, newId, toUuid } from "../../src/ids.ts";
import { labelStore } from "../../src/resource/labels.ts";
import { metadataRow, metadataStore } from "../../src/resource/metadata.ts";
import { tagReading } from "../../src/resource/tags/reading.ts";
import { wordStore } from "../../src/resource/words.ts";
import type { Listing } from "../../src/store/listing.ts";
import { type ListRequest, list } from "../../src/store/page.ts";
import { pageTokens } from "../../src/store/page-seal.ts";
import { sendAll } from "../../src/store/send-all.ts";
import { byBytes, type HandFields, holds } from "../../src/testing/by-hand.ts";
import { dialects } from "../../src/testing/databases.ts";
import { anyOrder, asking, equality, filtersOf, oddEnds, oddTexts, present } from "../../src/testing/filters.ts";
import { type Fresh, fresh } from "./fresh.ts";
import { type ItemRow, items } from "./items.ts";

interface Item extends ItemRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, Value>>;
}

interface Items {
  readonly test_item: ItemRow;
}

const seal = pageTokens(parseKeyring(newKeyringEntry("1")));
const project = newId();
const owners = { ada: newId(), alan: newId(), grace: newId() };
const ownersOf = (text: string) => Object.entries(owners).flatMap(([name, id]) => (name === text ? [toUuid(id)] : []));
const tagNames = ["nightly", "champion", "a b", "é"] as const;
const keys = ["team", "tier", "x=y"];
const begin = 1_790_000_000_000_000;
/** A day after what happens at the middle. */
const clock = () => begin + 86_400_000_010;
const sizes = [-5, 0, 1, 2, 3, 42, 1e15, Number.MAX_SAFE_INTEGER];
const scores = [-1.5, 0, 0.1, 0.3, 1 / 3, 42, 1e300, 5e-324];

const metadataKeys = ["seed", "my key", "a.b"];
const value: fc.Arbitrary<Value> = fc
  .oneof(
    fc.constantFrom(...oddTexts, ...oddEnds).map((value) => ({ case: "text" as const, value })),
    fc.constantFrom(...scores).map((value) => ({ case: "number" as const, value })),
    fc.constantFrom(0n, 2n, 42n, 9007199254740993n).map((value) => ({ case: "integer" as const, value })),
    fc.boolean().map((value) => ({ case: "flag" as const, value })),
    fc.constant({ case: "json" as const, value: create(JsonSchema, { text: "42" }) }),
  )
  .map((kind) => create(ValueSchema, { kind }));

const orNot = <T>(some: fc.Arbitrary<T>) => fc.option(some, { freq: 4 });
const itemOf = (workspaceId: Id): fc.Arbitrary<Item> =>
  fc
    .record({
      projectId: fc.constantFrom(project, newId()),
      ownerId: fc.constantFrom(...Object.values(owners)),
      name: fc.constantFrom(...oddTexts),
      note: fc.constantFrom(...oddTexts, ...oddEnds),
      state: fc.integer({ min: 0, max: 3 }),
      size: orNot(fc.constantFrom(...sizes)),
      score: orNot(fc.constantFrom(...scores)),
      hidden: fc.integer({ min: 0, max: 1 }),
      createTime: fc.integer({ min: 0, max: 20 }).map((n) => begin + n),
      endTime: fc.integer({ min: -5, max: 20 }).map((n) => (n < 0 ? 0 : begin + n)),
      labels: fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...oddTexts, ...oddEnds), { maxKeys: 2 }),
      tags: fc.subarray([...tagNames]),
      metadata: fc.dictionary(fc.constantFrom(...metadataKeys), value, { maxKeys: 2 }),
    })
    .map((made) => ({ ...made, workspaceId, id: newId() }));

/** A label is asked by its key, and by that and its value. */
const labelled = ([name, value]: [string, string]) => [{ name, value }, ...(name.includes("=") ? [] : [{ name: `${name}=${value}` }])];

/** What a filter compares of a value. */
function comparable({ kind: { case: kind, value } }: Value): number | string | undefined {
  if (kind === "flag" || kind === "text") return String(value);
  return kind === "number" || kind === "integer" ? Number(value) : undefined;
}

/** How someone reads the fields who has the rows before them. */
const byHand: HandFields<Item> = {
  name: { kind: "text", words: true, of: ({ name }) => name },
  note: { kind: "text", of: ({ note }) => note },
  state: {
    kind: "one",
    of: ({ state }) => (state === 0 ? undefined : ReasonSchema.values.find(({ number }) => number === state)?.localName),
    asked: (text) => [text.toUpperCase()],
  },
  size: { kind: "number", of: ({ size }) => size ?? undefined },
  score: { kind: "number", of: ({ score }) => score ?? undefined },
  hidden: { kind: "one", of: ({ hidden }) => String(hidden === 1) },
  create_time: { kind: "number", of: ({ createTime }) => createTime, asked: (text) => instantOf(text, clock) ?? Number.NaN },
  end_time: { kind: "number", of: ({ endTime }) => endTime || undefined, asked: (text) => instantOf(text, clock) ?? Number.NaN },
  owner: { kind: "one", of: ({ ownerId }) => toUuid(ownerId), asked: (text) => [text, ...ownersOf(text)] },
  labels: { kind: "members", texts: true, of: ({ labels }) => Object.entries(labels).flatMap(labelled) },
  metadata: {
    kind: "members",
    of: ({ metadata }) => Object.entries(metadata).map(([name, value]) => ({ name, value: comparable(value) })),
  },
  tags: { kind: "members", of: ({ tags }) => tags.map((name) => ({ name })) },
};

const times = Array.from({ length: 8 }, (_, n) => new Date(begin / 1000).toISOString().replace(/\.\d+Z/, `.00000${n}Z`));
const everyMatch = ["whole", "whole", "prefix", "suffix", "part"] as const;
const texts = [...oddTexts, ...oddEnds];
const filter = filtersOf([
  asking("name", { operators: anyOrder, texts, matches: everyMatch }),
  asking("name", { operators: [":"], texts: ["a", "A b", "b a", "ß", "日", "fi", "4", "zz", "É", "e"] }),
  asking("note", { operators: anyOrder, texts, matches: everyMatch }),
  asking("state", { operators: equality, texts: ["INTERNAL", "unavailable", "UNAVAILABLE"] }),
  asking("size", { operators: anyOrder, texts: [...sizes.map(String), "42.0", "-0", "007", "9e3"] }),
  asking("score", { operators: anyOrder, texts: [...scores.map(String), "0.30", "1e-400", "-0"] }),
  asking("hidden", { operators: equality, texts: ["true", "false"] }),
  asking("create_time", { operators: anyOrder, texts: [...times, "2000-01-01", "-1d"] }),
  asking("end_time", { operators: anyOrder, texts: [...times, "2000-01-01", "-1d"] }),
  asking("owner", { operators: equality, texts: [...Object.keys(owners), "nobody", toUuid(owners.ada)] }),
  asking("labels", { operators: anyOrder, texts, matches: everyMatch, rest: keys }),
  asking("labels", { operators: [":"], texts: ["team", "tier", "nope", ...texts.map((value) => `team=${value}`)] }),
  asking("metadata", { operators: anyOrder, texts: [...texts, ...scores.map(String)], matches: everyMatch, rest: metadataKeys }),
  asking("metadata", { operators: anyOrder, texts: [...scores.map(String), "42", "0.30", "2e0"], rest: metadataKeys }),
  asking("metadata", { operators: [":"], texts: [...metadataKeys, "nope"] }),
  asking("tags", { operators: [":"], texts: [...tagNames, "nope"] }),
  ...["name", "note", "state", "size", "score", "create_time", "end_time", "owner", "labels", "tags", "metadata"].map((field) =>
    present(field),
  ),
  present("labels", keys),
  present("metadata", metadataKeys),
]);

/** What lists are sorted by, as callers name it and as it is compared. */
const orders = {
  "": (a: Item, b: Item) => b.createTime - a.createTime || b.id.compare(a.id),
  create_time: (a: Item, b: Item) => a.createTime - b.createTime || a.id.compare(b.id),
  name: (a: Item, b: Item) => byBytes(a.name, b.name) || a.id.compare(b.id),
  "name desc": (a: Item, b: Item) => byBytes(b.name, a.name) || b.id.compare(a.id),
  "end_time desc": (a: Item, b: Item) => b.endTime - a.endTime || b.id.compare(a.id),
  "state, name desc": (a: Item, b: Item) => a.state - b.state || byBytes(b.name, a.name) || b.id.compare(a.id),
} as const;

/** Where pages are read along an index, along those with a tag, or out of few; and where all are few. */
const counts = { few: 60, "more than few": 2_300 } as const;

describe.each(dialects)("on %s a list has what its filter says", (dialect) => {
  let it: Fresh<Items>;
  const made: Record<string, { readonly workspaceId: Id; readonly all: readonly Item[] }> = {};
  const words = wordStore("test_item");
  const labels = labelStore("test");
  const metadata = metadataStore("test_metadata");
  const tagged = tagReading({ service: "test", kind: ResourceKind.MODEL, type: "item", table: "test_item" });

  const ask = (workspaceId: Id, request: Partial<ListRequest>) => {
    const { db, dialect } = it.database;
    const listing: Listing = {
      table: "test_item",
      fixed: ["workspaceId"],
      fields: {
        name: {
          kind: "text",
          column: "test_item.name",
          sortable: true,
          words: words.field(db, dialect, { workspaceId, projectId: undefined }),
        },
        note: { kind: "text", column: "test_item.note" },
        state: { kind: "enum", column: "test_item.state", enum: ReasonSchema, sortable: true },
        size: { kind: "int", column: "test_item.size" },
        score: { kind: "float", column: "test_item.score" },
        hidden: { kind: "flag", column: "test_item.hidden" },
        create_time: { kind: "time", column: "test_item.createTime", sortable: true },
        end_time: { kind: "time", column: "test_item.endTime", sortable: true },
        owner: {
          kind: "id",
          column: "test_item.ownerId",
          resolve: async ({ text }) => Object.entries(owners).flatMap(([name, id]) => (name === text ? [id] : [])),
        },
        labels: labels.field("test_item", dialect),
        metadata: metadata.field("test_item", it.database, workspaceId),
        tags: tagged.field(db, dialect, { workspaceId, projectId: undefined }),
      },
      key: "test_item.id",
      defaultOrder: "create_time desc",
    };
    const query = db.selectFrom("test_item").selectAll("test_item").where("test_item.workspaceId", "=", workspaceId);
    const context = { ...it.database, seal, clock, bound: ["ListItems", toUuid(workspaceId)] };
    return list(query, listing, { pageSize: 0, pageToken: "", ...request }, context);
  };

  beforeAll(async () => {
    it = await fresh<Items>(dialect, { "0003-items": items });
    for (const [size, count] of Object.entries(counts)) {
      const workspaceId = newId();
      const all = fc.sample(itemOf(workspaceId), { numRuns: count, seed: count });
      made[size] = { workspaceId, all };
      await keep(workspaceId, all);
    }
  });
  afterAll(() => it?.close());

  async function keep(workspaceId: Id, all: readonly Item[]): Promise<void> {
    const insert = async (table: string, rows: readonly object[]) => {
      for (let at = 0; at < rows.length; at += 500)
        await it.database.db
          .insertInto(table as never)
          .values(rows.slice(at, at + 500) as never)
          .execute();
    };
    const tagIds = new Map(tagNames.map((name) => [name, newId()]));
    const known = [...tagIds].map(([name, id]) => ({ workspaceId, id, name, exclusive: 0, revision: 1, settleTime: 0, goneTime: 0 }));
    await insert("test_known_tag", known);
    await insert(
      "test_item",
      all.map(({ labels: _, tags: __, metadata: ___, ...row }) => row),
    );
    for (let at = 0; at < all.length; at += 500)
      await sendAll(it.database.db, it.database.dialect, words.adding(it.database.dialect, all.slice(at, at + 500)));
    await insert(
      "test_label",
      all.flatMap(({ id: subjectId, labels }) => Object.entries(labels).map(([key, value]) => ({ workspaceId, subjectId, key, value }))),
    );
    await insert(
      "test_metadata",
      all.flatMap(({ id: versionId, metadata }) =>
        Object.entries(metadata).map(([key, value]) => metadataRow({ workspaceId, versionId, key }, value)),
      ),
    );
    await insert(
      "test_tagging",
      all.flatMap(({ id, projectId, createTime, tags }) =>
        tags.map((name) => ({
          ...{ workspaceId, kind: ResourceKind.MODEL, resourceId: id, tagId: tagIds.get(name as "é"), projectId, scopeId: id },
          ...{ resourceTime: createTime, createTime },
        })),
      ),
    );
  }

  test.each(Object.keys(counts) as (keyof typeof counts)[])(
    "of %s, in its order, once, in pages of any size",
    async (size) => {
      const { workspaceId, all } = made[size] as (typeof made)[string];
      const asked = fc.record({
        tree: fc.option(filter, { nil: undefined, freq: 40 }),
        orderBy: fc.constantFrom(...(Object.keys(orders) as (keyof typeof orders)[])),
        pageSize: size === "few" ? fc.integer({ min: 1, max: 70 }) : fc.constantFrom(97, 1_000),
      });
      await fc.assert(
        fc.asyncProperty(asked, async ({ tree, orderBy, pageSize }) => {
          const text = tree ? printFilter(tree) : "";
          const expected = all.filter((item) => holds(tree, item, byHand)).toSorted(orders[orderBy]);
          const found: ItemRow[] = [];
          let pageToken = "";
          do {
            const page = await ask(workspaceId, { filter: text, orderBy, pageSize, pageToken, includeTotal: pageToken === "" });
            if (pageToken === "") expect(page.totalSize, text).toBe(BigInt(expected.length));
            found.push(...page.rows);
            pageToken = page.nextPageToken;
          } while (pageToken !== "");
          expect(found.map(told), text).toEqual(expected.map(told));
        }),
        { numRuns: size === "few" ? 300 : 60, endOnFailure: false },
      );
    },
    120_000,
  );
});

const told = ({ id, name, note, state, size, score, endTime }: ItemRow) => ({ id: toUuid(id), name, note, state, size, score, endTime });
