import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { localKeyEncryption } from "@signalbox/runtime/crypto/envelope.ts";
import { deriveAll, newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { rewrapAll } from "../src/sealing/rewrap.ts";
import { aName, type Plane, plane, type Replica } from "./fixtures.ts";

describe.each(dialects)("sealing keys on %s", (dialect) => {
  const [old, young] = [newKeyringEntry("old"), newKeyringEntry("young")];
  const ring = (...entries: string[]) => parseKeyring(entries.join(","));
  const forever = new AbortController().signal;
  let it: Plane;
  beforeAll(async () => {
    it = await plane(dialect);
  });
  afterAll(() => it?.close());

  const withKeys = (...entries: string[]) => it.replica({ sealingKeys: ring(...entries) });
  const wrappedBy = async (workspace = it.world.workspace) => {
    const query = it.database.db.selectFrom("credentials_data_key").selectAll().where("workspaceId", "=", toId(workspace));
    return (await query.execute()).map((row) => row.wrappedBy);
  };
  const aSecret = async ({ secrets }: Pick<Replica, "secrets">, value: string) =>
    (await secrets.createSecret({ name: aName(), values: { value } })).secret?.id ?? "";
  const read = async ({ secrets }: Pick<Replica, "secrets">, secret: string) => (await secrets.readSecretValues({ secret })).values.value;
  const rewrapping = (...entries: string[]) => {
    const keys = deriveAll(ring(...entries), "data-keys");
    return { database: it.database, encryption: localKeyEncryption(keys), current: keys[0].id };
  };

  test("are rotated: what is old is read, and its data key comes under the new one", async () => {
    const before = await withKeys(old);
    const secret = await aSecret(before, "first");
    expect(await wrappedBy()).toEqual(["old"]);

    const both = await withKeys(young, old);
    expect(await read(both, secret)).toBe("first");
    both.startDuties();
    await vi.waitFor(async () => expect(await wrappedBy()).toEqual(["young"]), { timeout: 10_000 });
    expect(await read(both, secret)).toBe("first");
    const second = await aSecret(both, "second");

    const after = await withKeys(young);
    expect([await read(after, secret), await read(after, second)]).toEqual(["first", "second"]);
    await expect(read(before, secret)).rejects.toMatchObject({ reason: Reason.KEY_UNKNOWN, metadata: { key: "young" } });
  });

  test("that are not configured are told by their id", async () => {
    const world = it.otherWorld();
    const there = (part: Replica) => part.as(world.admin, world.workspace);
    const secret = await aSecret(there(await withKeys(old)), "x");
    await expect(read(there(await withKeys(young)), secret)).rejects.toMatchObject({
      reason: Reason.KEY_UNKNOWN,
      metadata: { key: "old" },
    });
    // Rewrapping passes over what it cannot open, and says so.
    const faults: unknown[] = [];
    expect(await rewrapAll(rewrapping(young), forever, (error) => faults.push(error))).toBe(0);
    expect(faults).toEqual([expect.objectContaining({ reason: Reason.KEY_UNKNOWN })]);
    expect(await rewrapAll(rewrapping(young, old), forever, (error) => faults.push(error))).toBe(1);
    expect(await wrappedBy(world.workspace)).toEqual(["young"]);
  });

  test("wrap one data key for a workspace, however many ask for the first", async () => {
    const world = it.otherWorld();
    const parts = await Promise.all([withKeys(young), withKeys(young)]);
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, i) => aSecret((parts[i % 2] as Replica).as(world.admin, world.workspace), `value ${i}`)),
    );
    expect(await wrappedBy(world.workspace)).toEqual(["young"]);
    const reader = (parts[0] as Replica).as(world.admin, world.workspace);
    expect(await Promise.all(made.map((secret) => read(reader, secret)))).toEqual(made.map((_, i) => `value ${i}`));
  });
});
