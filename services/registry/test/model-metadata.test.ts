import type { Value } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const number = (value: number) => ({ kind: { case: "number" as const, value } });
const plain = (values: Readonly<Record<string, Value>>) =>
  Object.fromEntries(Object.entries(values).map(([key, { kind }]) => [key, kind.value]));

describe.each(dialects)("metadata of model versions on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  let model = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("penguins");
    model = (await it.developer.models.createModel({ project, name: "classifier" })).model?.id ?? "";
  });
  afterAll(() => it.close());

  const version = async (metadata = {}) => (await it.developer.versions.createModelVersion({ project, model, metadata })).modelVersion;
  const read = async (modelVersion: string) => (await it.viewer.versions.getModelVersion({ modelVersion })).modelVersion;
  async function history(modelVersion: string, pageSize = 2) {
    const all: (readonly [string, unknown, string | undefined])[] = [];
    for (let pageToken = ""; ; ) {
      const page = await it.viewer.versions.listMetadata({ modelVersion, pageSize, pageToken });
      all.push(...page.entries.map(({ key, value, owner }) => [key, value?.kind.value, owner?.name] as const));
      pageToken = page.nextPageToken;
      if (pageToken === "") return all;
    }
  }

  test("the latest value of each key is shown, all are kept, and the version counts as changed", async () => {
    const made = await version({ accuracy: number(0.9), loss: number(0.3) });
    const id = made?.id ?? "";
    expect(await history(id, 1)).toEqual([
      ["accuracy", 0.9, "dev"],
      ["loss", 0.3, "dev"],
    ]);
    await it.admin.versions.logMetadata({ modelVersions: [id], values: { accuracy: number(0.95) }, run: newUuid(), step: "evaluate" });
    const now = await read(id);
    expect([plain(now?.metadata ?? {}), now?.etag]).toEqual([{ accuracy: 0.95, loss: 0.3 }, "r2"]);
    expect(await history(id)).toEqual([
      ["accuracy", 0.95, "admin"],
      ["loss", 0.3, "dev"],
      ["accuracy", 0.9, "dev"],
    ]);
    const stale = { modelVersion: id, metadata: { accuracy: number(0.5) }, etag: made?.etag ?? "" };
    expect(await reasonOf(it.developer.versions.updateModelVersion(stale))).toBe("ETAG_MISMATCH");
    const found = await it.viewer.versions.listModelVersions({ model, filter: "metadata.accuracy > 0.92 AND metadata:loss" });
    expect(found.modelVersions.map((each) => each.id)).toEqual([id]);
  });

  test("what an update replaces or takes away stays in the history", async () => {
    const id = (await version({ accuracy: number(0.9), loss: number(0.3) }))?.id ?? "";
    const metadata = { accuracy: number(0.9), size: number(7) };
    await it.admin.versions.updateModelVersion({ modelVersion: id, metadata });
    expect(plain((await read(id))?.metadata ?? {})).toEqual({ accuracy: 0.9, size: 7 });
    expect(await history(id)).toEqual([
      ["size", 7, "admin"],
      ["loss", 0.3, "dev"],
      ["accuracy", 0.9, "dev"],
    ]);
    await it.admin.versions.updateModelVersion({ modelVersion: id, updateMask: { paths: ["metadata"] } });
    expect((await read(id))?.metadata).toEqual({});
    expect(await history(id)).toHaveLength(3);
  });

  test("of many all or none, by who may change them, and a repeat has one effect", async () => {
    const ids = [(await version())?.id ?? "", (await version())?.id ?? ""];
    const asked = { modelVersions: ids, values: { n: number(1) }, id: newUuid() };
    await Promise.all(Array.from({ length: 5 }, () => it.developer.versions.logMetadata(asked)));
    for (const id of ids) expect(await history(id)).toEqual([["n", 1, "dev"]]);
    expect((await read(ids[0] ?? ""))?.etag).toBe("r2");
    expect(await reasonOf(it.developer.versions.logMetadata({ ...asked, values: { n: number(2) } }))).toBe("ID_REUSED");
    const some = { modelVersions: [ids[0] ?? "", newUuid()], values: { n: number(3) } };
    expect(await failureOf(it.developer.versions.logMetadata(some))).toMatchObject({ reason: "NOT_FOUND" });
    expect(await history(ids[0] ?? "")).toHaveLength(1);
    expect(await reasonOf(it.viewer.versions.logMetadata({ ...asked, id: "" }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.stranger.versions.logMetadata({ ...asked, id: "" }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.stranger.versions.listMetadata({ modelVersion: ids[0] ?? "" }))).toBe("NOT_FOUND");
    const read2 = await it.viewer.versions.batchGetModelVersions({ ids: [...ids, newUuid()].reverse() });
    expect(read2.modelVersions.map((each) => each.id)).toEqual([...ids].reverse());
    expect((await it.stranger.versions.batchGetModelVersions({ ids })).modelVersions).toEqual([]);
  });

  test("of twenty at once none is lost, and the last of the history is what is shown", async () => {
    const id = (await version())?.id ?? "";
    const log = (value: number) => it.developer.versions.logMetadata({ modelVersions: [id], values: { n: number(value) } });
    await Promise.all(Array.from({ length: 20 }, (_, at) => log(at + 1)));
    const all = await history(id, 7);
    expect(new Set(all.map(([, value]) => value)).size).toBe(20);
    expect((await read(id))?.metadata.n?.kind.value).toBe(all[0]?.[1]);
  });

  test("the history goes with its version", async () => {
    const id = (await version())?.id ?? "";
    await it.developer.versions.logMetadata({ modelVersions: [id], values: { gone: number(1) } });
    await it.developer.versions.deleteModelVersion({ modelVersion: id });
    const left = await it.tables.db.selectFrom("registry_model_metadata_entry").select("key").where("key", "=", "gone").execute();
    expect(left).toEqual([]);
  });
});
